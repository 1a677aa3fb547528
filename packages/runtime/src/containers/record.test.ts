import { mkdir, readdir, stat, writeFile } from 'node:fs/promises'
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { type TempDir, tempDir } from '@tsreg/testkit'
import { recordOf } from '../testing/records.ts'
import { readRecord, writeRecord } from './record.ts'

let directory: TempDir
const id = 'c'.repeat(64)
beforeEach(async () => {
  directory = await tempDir()
  await mkdir(directory.join(id))
})
afterEach(async () => {
  await directory[Symbol.asyncDispose]()
})

describe('the record of a container', () => {
  test('is read as it was written, and is for its owner’s eyes', async () => {
    const record = recordOf(id, { labels: { a: '"\n' }, name: 'web' })
    await writeRecord(directory.path, record)
    expect(await readRecord(directory.path, id)).toEqual(record)
    expect((await stat(directory.join(id, 'container.json'))).mode & 0o777).toBe(0o600)
  })

  test('is replaced whole: readers see the one or the other, and nothing else is left', async () => {
    await writeRecord(directory.path, recordOf(id))
    const reading = Promise.all(Array.from({ length: 50 }, () => readRecord(directory.path, id)))
    for (let count = 0; count < 20; count++) await writeRecord(directory.path, recordOf(id, { name: `name${count}` }))
    for (const record of await reading) expect(record?.id).toBe(id)
    expect(await readdir(directory.join(id))).toEqual(['container.json'])
  })

  test('is undefined where there is none', async () => {
    expect(await readRecord(directory.path, id)).toBeUndefined()
    expect(await readRecord(directory.path, 'd'.repeat(64))).toBeUndefined()
    await writeFile(directory.join('e'.repeat(64)), '')
    expect(await readRecord(directory.path, 'e'.repeat(64))).toBeUndefined()
  })

  test.each(['', '{', 'null', '[]', '{"version":2,"id":"ID"}', '{"version":1,"id":"other"}'])(
    '%s is none of ours',
    async (text) => {
      await writeFile(directory.join(id, 'container.json'), text.replace('ID', id))
      await expect(readRecord(directory.path, id)).rejects.toMatchObject({ code: 'CONTAINER_DAMAGED', detail: { id } })
    },
  )
})

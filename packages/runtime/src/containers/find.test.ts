import { mkdir, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { type TempDir, tempDir } from '@tsreg/testkit'
import { putRecord, recordOf } from '../testing/records.ts'
import { findContainer, listContainers, matchPrefix } from './find.ts'
import { reserveName } from './names.ts'

let directory: TempDir
let containers: string
const first = `abc1${'0'.repeat(60)}`
const second = `abc2${'0'.repeat(60)}`
beforeEach(async () => {
  directory = await tempDir()
  containers = directory.join('containers')
  await putRecord(containers, recordOf(first, { name: 'web', created: '2026-01-01T00:00:00.000Z' }))
  await putRecord(containers, recordOf(second, { name: 'abc1', created: '2026-01-02T00:00:00.000Z' }))
  await reserveName(containers, first, 'web')
  await reserveName(containers, second, 'abc1')
})
afterEach(async () => {
  await directory[Symbol.asyncDispose]()
})
const idOf = async (text: string) => (await findContainer(containers, text)).record.id

describe('the container that is meant', () => {
  test('is found by its ID, its name, with or without the slash, and the first digits of its ID, in this order', async () => {
    expect(await idOf(first)).toBe(first)
    expect(await idOf('web')).toBe(first)
    expect(await idOf('/web')).toBe(first)
    expect(await idOf('abc2')).toBe(second)
    // A name is more than digits.
    expect(await idOf('abc1')).toBe(second)
    expect(await idOf('abc10')).toBe(first)
  })

  test('is not chosen among several', async () => {
    await expect(idOf('abc')).rejects.toMatchObject({
      code: 'CONTAINER_AMBIGUOUS',
      message: 'multiple IDs found with provided prefix: abc (abc100000000, abc200000000)',
    })
  })

  test.each(['nobody', 'ABC1', 'f', '', '/', '.', '..', '../outside', 'names/web', `${first}/rootfs`, '%2e%2e'])(
    '%j is none',
    async (text) => {
      // What it would lead to if it were a path.
      await symlink(first, join(containers, 'outside'))
      await expect(idOf(text)).rejects.toMatchObject({ code: 'CONTAINER_UNKNOWN', detail: { container: text } })
    },
  )

  test('a name of a container that is gone leads nowhere', async () => {
    await symlink('f'.repeat(64), join(containers, 'names/gone'))
    await expect(idOf('gone')).rejects.toMatchObject({ code: 'CONTAINER_UNKNOWN' })
  })

  test('many that fit are not all listed', () => {
    const ids = Array.from({ length: 14 }, (_, index) => `a${index.toString(16).padStart(63, '0')}`)
    expect(() => matchPrefix('a', ids)).toThrow(/and 4 more/)
    expect(matchPrefix('b', ids)).toBeUndefined()
  })
})

describe('the list of containers', () => {
  test('begins with the newest, and leaves out what is none', async () => {
    for (const name of ['claims', 'runc', 'f'.repeat(63), `${'f'.repeat(64)}x`])
      await mkdir(join(containers, name), { recursive: true })
    const ids = (await listContainers(containers)).map(({ record }) => record.id)
    expect(ids).toEqual([second, first])
    expect(await listContainers(directory.join('nowhere'))).toEqual([])
  })

  test('tells of one that cannot be read, and shows the others', async () => {
    await writeFile(join(containers, second, 'container.json'), '{"version": 1, "id": "')
    const damaged: string[] = []
    const found = await listContainers(containers, ({ code }) => damaged.push(code))
    expect(found.map(({ record }) => record.id)).toEqual([first])
    expect(damaged).toEqual(['CONTAINER_DAMAGED'])
  })
})

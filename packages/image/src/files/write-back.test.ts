import type { FileHandle } from 'node:fs/promises'
import { expect, test } from '@jest/globals'
import { WriteBack } from './write-back.ts'

const step = 16 * 1024 * 1024

function fakeFile(datasync: () => Promise<void>): FileHandle {
  return { datasync } as unknown as FileHandle
}

test('a file is synced every 16 MiB, two at a time never', async () => {
  const running = Promise.withResolvers<void>()
  let syncs = 0
  const datasync = async () => {
    syncs++
    await running.promise
  }
  const [first, second] = [new WriteBack(fakeFile(datasync), 'a'), new WriteBack(fakeFile(datasync), 'b')]
  first.wrote(step - 1)
  expect(syncs).toBe(0)
  first.wrote(1)
  first.wrote(step)
  second.wrote(step)
  expect(syncs).toBe(1)
  running.resolve()
  await first.settled()
  second.wrote(1)
  expect(syncs).toBe(2)
  await second.settled()
})

test('a write that the disk refused is told at the end, and does not stop other files', async () => {
  const full = Object.assign(new Error('no space'), { code: 'ENOSPC' })
  const failing = new WriteBack(
    fakeFile(async () => Promise.reject(full)),
    'the file',
  )
  failing.wrote(step)
  await new Promise((resolve) => setImmediate(resolve))
  let synced = false
  const other = new WriteBack(
    fakeFile(async () => {
      synced = true
    }),
    'another',
  )
  other.wrote(step)
  await other.settled()
  expect(synced).toBe(true)
  await expect(failing.settled()).rejects.toMatchObject({
    code: 'STORAGE_FULL',
    detail: { path: 'the file' },
    cause: full,
  })
})

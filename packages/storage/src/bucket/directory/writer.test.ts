import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { expect, test } from '@jest/globals'
import { temporaryDirectories } from '../../testing/temporary-directory.ts'
import { startWriter } from './writer.ts'
import type { PutOperation } from './writer-protocol.ts'

const newDirectory = temporaryDirectories()

const put = (key: string, size = 0): PutOperation => ({
  kind: 'put',
  key,
  size,
  body: new Uint8Array(size),
  crcs: new Uint8Array(),
})

test('requests of one turn share a commit, those submitted meanwhile the next one', async () => {
  const groups: number[] = []
  const onCommit = (_: number, requests: readonly unknown[]): void => void groups.push(requests.length)
  const writer = await startWriter({ path: join(await newDirectory(), 'index.db') }, { onCommit })
  const first = ['a', 'b', 'c'].map((key) => writer.submit([put(key)]))
  await new Promise((resolve) => setImmediate(resolve))
  const second = ['d', 'e'].map((key) => writer.submit([put(key)]))
  await Promise.all([...first, ...second])
  expect(groups).toEqual([3, 2])
  await writer.close()
})

test('a group has at most 8 MiB, and a larger request one of its own', async () => {
  const groups: number[] = []
  const onCommit = (_: number, requests: readonly unknown[]): void => void groups.push(requests.length)
  const writer = await startWriter({ path: join(await newDirectory(), 'index.db') }, { onCommit })
  const sizes = [3, 3, 3, 9, 1].map((mebibytes) => mebibytes * 1024 * 1024)
  await Promise.all(sizes.map((size, i) => writer.submit([put(`${i}`, size)])))
  expect(groups).toEqual([2, 1, 1, 1])
  await writer.close()
})

test('when too much waits, writes are refused with UNAVAILABLE and nothing piles up', async () => {
  const writer = await startWriter({ path: join(await newDirectory(), 'index.db') })
  const body = new Uint8Array(8 * 1024 * 1024)
  const many = Array.from({ length: 40 }, (_, i) => ({ ...put(`${i % 2}`), size: body.byteLength, body }))
  const outcomes = await Promise.allSettled(many.map((operation) => writer.submit([operation])))
  const refused = outcomes.flatMap((outcome) => (outcome.status === 'rejected' ? [outcome.reason.code] : []))
  expect(refused).toEqual(Array.from({ length: 8 }, () => 'UNAVAILABLE'))
  await writer.close()
})

test('when the thread dies what was in flight is UNAVAILABLE, and the next write finds a new thread', async () => {
  const directory = await newDirectory()
  const program = join(directory, 'dying-writer.mjs')
  await writeFile(
    program,
    `import { parentPort } from 'node:worker_threads'
     parentPort.on('message', ({ type, requests }) => {
       if (type === 'close') return parentPort.close()
       if (requests.flat().some(({ key }) => key === 'deadly')) process.exit(1)
       const replies = requests.map(() => ({ outcomes: [{ ok: true, etag: 'e', modifiedMs: 0 }] }))
       parentPort.postMessage({ type: 'done', replies, commits: 1 })
     })
     parentPort.postMessage({ type: 'ready' })`,
  )
  const writer = await startWriter({ path: join(directory, 'index.db') }, { program: pathToFileURL(program) })
  await writer.submit([put('before')])
  const deadly = writer.submit([put('deadly')])
  await new Promise((resolve) => setImmediate(resolve))
  const meanwhile = writer.submit([put('meanwhile')])
  await expect(deadly).rejects.toMatchObject({ code: 'UNAVAILABLE' })
  expect(await meanwhile).toMatchObject([{ ok: true }])
  expect(await writer.submit([put('after')])).toMatchObject([{ ok: true }])
  await expect(writer.submit([put('deadly')])).rejects.toMatchObject({ code: 'UNAVAILABLE' })
  await writer.close()
  await expect(writer.submit([put('closed')])).rejects.toMatchObject({ code: 'UNAVAILABLE' })
})

test('a directory that is gone is UNAVAILABLE', async () => {
  const path = join(await newDirectory(), 'gone', 'index.db')
  await expect(startWriter({ path })).rejects.toMatchObject({ code: 'UNAVAILABLE' })
})

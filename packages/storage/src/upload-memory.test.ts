import { describe, expect, test } from '@jest/globals'
import { digestOf } from '@tsreg/oci'
import { type Bucket, memoryBucket } from './bucket/index.ts'
import { openStorage } from './storage.ts'
import { seededBytes } from './testing/bucket-fixtures.ts'
import { uploadMemory } from './upload-memory.ts'

test('shares are given while there is memory, small uploads take what they need', async () => {
  const memory = uploadMemory({ totalBytes: 100, heldBytes: 60, now: () => 0 })
  const large = await memory.take(undefined, {})
  const small = await memory.take(40, {})
  let late = false
  const third = memory.take(1000, {}).then((share) => {
    late = true
    return share
  })
  await new Promise(setImmediate)
  expect(late).toBe(false)
  small.release()
  await new Promise(setImmediate)
  expect(late).toBe(false)
  large.release()
  large.release()
  ;(await third).release()
})

test('a share is overdue when it was held for its turn and somebody waits', async () => {
  let time = 0
  const memory = uploadMemory({ totalBytes: 100, heldBytes: 100, turnMs: 10, now: () => time })
  const first = await memory.take(undefined, {})
  time = 10
  expect(first.isOverdue()).toBe(false)
  const second = memory.take(undefined, {})
  expect(first.isOverdue()).toBe(true)
  first.release()
  await second
})

describe('uploads to a bucket that holds much of each', () => {
  const chunk = 50_000
  let time = 0
  const open = () => {
    const bucket: Bucket = { ...memoryBucket({ partSize: 100_000 }), heldBytes: 200_000 }
    return openStorage(bucket, { uploadBytes: 200_000, now: () => time })
  }

  /** Content that gives a chunk whenever it is told to, and says how many were taken. */
  function steps(seed: number) {
    const waiting: (() => void)[] = []
    let allowed = 0
    let taken = 0
    async function* content(): AsyncGenerator<Uint8Array> {
      for (let index = 0; index < 6; index += 1) {
        while (allowed <= index) await new Promise<void>((resolve) => waiting.push(resolve))
        taken += 1
        yield seededBytes(chunk, seed + index)
      }
    }
    const bytes = Buffer.concat(Array.from({ length: 6 }, (_, index) => seededBytes(chunk, seed + index)))
    return {
      content,
      digest: digestOf(bytes),
      taken: () => taken,
      allow(count: number) {
        allowed += count
        for (const resolve of waiting.splice(0)) resolve()
      },
    }
  }
  const until = async (condition: () => boolean) => {
    while (!condition()) await new Promise(setImmediate)
  }

  test('wait for one another, and each is whole', async () => {
    const storage = await open()
    const { uploads, blobs } = storage.repository('a')
    const [one, two] = [steps(1), steps(100)]
    const first = (await uploads.create()).commit(one.digest, { content: one.content() })
    one.allow(2)
    await until(() => one.taken() === 2)
    const second = (await uploads.create()).commit(two.digest, { content: two.content() })
    two.allow(6)
    for (let turn = 0; turn < 50; turn += 1) await new Promise(setImmediate)
    // The chunk that it came with, and no other.
    expect(two.taken()).toBe(1)
    one.allow(4)
    expect((await first).size).toBe(6 * chunk)
    expect((await second).size).toBe(6 * chunk)
    expect((await blobs.stat(two.digest)).size).toBe(6 * chunk)
    await storage.close()
  })

  test('do not wait for a slow one longer than its turn', async () => {
    const storage = await open()
    const { uploads } = storage.repository('a')
    const [slow, quick] = [steps(1), steps(100)]
    const first = (await uploads.create()).commit(slow.digest, { content: slow.content() })
    slow.allow(1)
    await until(() => slow.taken() === 1)
    const second = (await uploads.create()).commit(quick.digest, { content: quick.content() })
    quick.allow(6)
    await until(() => quick.taken() === 1)
    time += 10_000
    slow.allow(1)
    expect((await second).digest).toBe(quick.digest)
    expect(slow.taken()).toBe(2)
    slow.allow(4)
    expect((await first).digest).toBe(slow.digest)
    await storage.close()
  })

  test('that are aborted while they wait are where they were', async () => {
    const storage = await open()
    const { uploads } = storage.repository('a')
    const [one, two] = [steps(1), steps(100)]
    const first = (await uploads.create()).commit(one.digest, { content: one.content() })
    one.allow(1)
    await until(() => one.taken() === 1)
    const upload = await uploads.create()
    const controller = new AbortController()
    const waiting = upload.append(two.content(), { signal: controller.signal })
    two.allow(1)
    await until(() => two.taken() === 1)
    controller.abort(new Error('gone'))
    await expect(waiting).rejects.toThrow('gone')
    expect(upload.offset).toBe(0)
    one.allow(5)
    await first
    await storage.close()
  })
})

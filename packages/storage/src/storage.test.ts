import { describe, expect, test } from '@jest/globals'
import { memoryBucket } from './bucket/index.ts'
import { openStorage } from './storage.ts'
import { describeStorage } from './testing/index.ts'

const partSize = 128 * 1024
describeStorage('storage in memory', async () => memoryBucket({ partSize }))
describeStorage('storage in memory without conditional delete', async () =>
  memoryBucket({ partSize, conditionalDelete: false }),
)

describe('opening a storage', () => {
  test('an empty bucket gets the layout of this version, and opens again', async () => {
    const bucket = memoryBucket()
    await openStorage(bucket)
    await openStorage(bucket)
    expect(JSON.parse(Buffer.from((await bucket.read('meta'))?.body ?? '').toString())).toMatchObject({ layout: 1 })
  })

  test('a newer layout is refused with both versions and what to do', async () => {
    const bucket = memoryBucket()
    await bucket.put('meta', Buffer.from(`{"layout":7,"n":"0b9a1a0e-2f6f-4d8e-9f56-5d1f4a3c2b1a"}\n`))
    const error = await openStorage(bucket).catch((failure: unknown) => failure)
    expect(error).toMatchObject({ code: 'UNAVAILABLE', detail: { expected: 1, received: 7 } })
    expect(String(error)).toMatch(/layout 7.*knows 1.*start the version/)
  })

  test.each(['not ours\n', '{"name":"x"}\n', '[]\n'])('a bucket of somebody else (%p) is refused', async (meta) => {
    const bucket = memoryBucket()
    await bucket.put('meta', Buffer.from(meta))
    await expect(openStorage(bucket)).rejects.toMatchObject({ code: 'UNAVAILABLE' })
  })

  test('of 10 processes that open an empty bucket at once none fails', async () => {
    const bucket = memoryBucket()
    await expect(Promise.all(Array.from({ length: 10 }, () => openStorage(bucket)))).resolves.toHaveLength(10)
  })
})

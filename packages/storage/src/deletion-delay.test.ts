import { describe, expect, test } from '@jest/globals'
import { digestOf } from '@tsreg/oci'
import { type Bucket, memoryBucket } from './bucket/index.ts'
import { storageContext } from './context.ts'
import { deletionDelayMs } from './deletion-delay.ts'
import { openStorage } from './storage.ts'
import { seededBytes } from './testing/bucket-fixtures.ts'
import { failureOf, pushBlob } from './testing/repository-fixtures.ts'

function signing(bucket: Bucket, sign: () => Promise<string> = async () => ''): Bucket {
  return {
    ...bucket,
    async signedUrl(key, { expiresSeconds }) {
      return `https://store.example/${key}?for=${expiresSeconds}${await sign()}`
    },
  }
}

describe('the delay before bytes are deleted', () => {
  const delayFor = (bucket: Bucket) => deletionDelayMs(storageContext(bucket, { cacheTtlMs: 0 }))

  test('is the longest that any process which opened the storage needs: cache, URL and the making of it', async () => {
    const bucket = memoryBucket()
    await openStorage(bucket, { cacheTtlMs: 2000 })
    expect(await delayFor(bucket)).toBe(2000)
    await openStorage(bucket, { cacheTtlMs: 3000, signedUrlMs: 60_000 })
    expect(await delayFor(bucket)).toBe(64_000)
    await openStorage(bucket, { cacheTtlMs: 100 })
    expect(await delayFor(bucket)).toBe(64_000)
  })

  test('is that of a process of its own needs where it is longer', async () => {
    const bucket = memoryBucket()
    await openStorage(bucket, { cacheTtlMs: 2000 })
    expect(await deletionDelayMs(storageContext(bucket, { cacheTtlMs: 7000 }))).toBe(7000)
  })

  test('of 10 processes that open it at once is the longest of theirs', async () => {
    const bucket = memoryBucket()
    await Promise.all(Array.from({ length: 10 }, (_, n) => openStorage(bucket, { cacheTtlMs: n * 1000 })))
    expect(await delayFor(bucket)).toBe(9000)
  })
})

describe('presigned URLs', () => {
  const bytes = seededBytes(50_000, 1)

  test('are of the object with the bytes; blobs that are in their pointer have none', async () => {
    const bucket = signing(memoryBucket())
    const repository = (await openStorage(bucket, { signedUrlMs: 60_000 })).repository('a')
    const [large, small] = [await pushBlob(repository, bytes), await pushBlob(repository, seededBytes(100, 1))]
    const [object] = await bucket.list({ prefix: 'd/' })
    expect(await repository.blobs.signedUrl(large, { expiresSeconds: 60 })).toBe(
      `https://store.example/${object?.key}?for=60`,
    )
    expect(await repository.blobs.signedUrl(small, { expiresSeconds: 60 })).toBeUndefined()
    const absent = repository.blobs.signedUrl(digestOf(seededBytes(9, 9)), { expiresSeconds: 60 })
    expect((await failureOf(absent)).code).toBe('BLOB_UNKNOWN')
  })

  test('are not made for longer than the bytes of a deleted blob stay', async () => {
    const bucket = signing(memoryBucket())
    const repository = (await openStorage(bucket, { signedUrlMs: 60_000 })).repository('a')
    const digest = await pushBlob(repository, bytes)
    await expect(repository.blobs.signedUrl(digest, { expiresSeconds: 61 })).rejects.toThrow('61 s are more than')
    const without = (await openStorage(bucket)).repository('a')
    expect(await without.blobs.signedUrl(digest, { expiresSeconds: 1 })).toBeUndefined()
  })

  test('that took long to make are not handed out', async () => {
    let now = 0
    const bucket = signing(memoryBucket(), async () => {
      now += 1001
      return ''
    })
    const storage = await openStorage(bucket, { signedUrlMs: 60_000, now: () => now })
    const repository = storage.repository('a')
    const digest = await pushBlob(repository, bytes)
    expect(await repository.blobs.signedUrl(digest, { expiresSeconds: 60 })).toBeUndefined()
  })
})

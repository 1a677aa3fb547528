import { buffer } from 'node:stream/consumers'
import { afterEach, beforeEach, expect, test } from '@jest/globals'
import { digestOf } from '@tsreg/oci'
import { openBucket } from './bucket/index.ts'
import { openStorage, type RegistryStorage } from './index.ts'
import { pieces, seededBytes } from './testing/bucket-fixtures.ts'
import { type S3Double, startS3Double } from './testing/s3-double/index.ts'

const partBytes = 64 * 1024
// As many as make an object of the smallest parts end at 512 KiB.
const maxParts = 8
const content = seededBytes(1_000_001, 1)
const digest = digestOf(content)

let double: S3Double
let storage: RegistryStorage
beforeEach(async () => {
  double = await startS3Double({ behaviour: { minPartBytes: 0 } })
  const bucket = await openBucket(double.storageUrl('p'), {
    s3: { credentials: double, delayFactor: 0, partBytes, maxParts },
  })
  storage = await openStorage(bucket, { singleObjectBytes: partBytes, cacheTtlMs: 0 })
  double.reset()
})
afterEach(async () => {
  await storage.close()
  await double.close()
})

const dataObjects = () => [...double.objects().keys()].filter((key) => key.startsWith('p/d/'))
const stored = async () => content.equals(await buffer(await storage.repository('a').blobs.open(digest)))

test('an upload whose size nobody told becomes larger than its parts allow', async () => {
  const upload = await storage.repository('a').uploads.create()
  await upload.commit(digest, { content: pieces(content, 10_000) })
  expect(await stored()).toBe(true)
  // 64, 128, 256 KiB: each time the full parts are copied by the server, in parts of twice the size.
  expect(double.counts()).toMatchObject({ CreateMultipartUpload: 3, CompleteMultipartUpload: 3, UploadPartCopy: 6 })
  expect(dataObjects()).toHaveLength(1)
  expect(double.uploads()).toEqual([])
})

test('its requests may come one after another', async () => {
  const { uploads } = storage.repository('a')
  const upload = await uploads.create()
  for (let at = 0; at < content.byteLength; at += 300_000) {
    const next = await uploads.resume(upload.id)
    expect(next.offset).toBe(at)
    await next.append(pieces(content.subarray(at, at + 300_000), 10_000))
  }
  await (await uploads.resume(upload.id)).commit(digest)
  expect(await stored()).toBe(true)
  expect(dataObjects()).toHaveLength(1)
  expect(double.uploads()).toEqual([])
})

test('one whose size was told needs none of that', async () => {
  const upload = await storage.repository('a').uploads.create()
  await upload.commit(digest, { content: pieces(content, 10_000), size: content.byteLength })
  expect(await stored()).toBe(true)
  expect(double.counts().UploadPartCopy).toBeUndefined()
  expect(double.counts().UploadPart).toBeLessThanOrEqual(maxParts)
})

test('when the copy fails the upload fails, and nothing is left to be paid for', async () => {
  double.fail('UploadPartCopy', { answer: { status: 403, code: 'AccessDenied' } }, 100)
  const upload = await storage.repository('a').uploads.create()
  const commit = upload.commit(digest, { content: pieces(content, 10_000) })
  await expect(commit).rejects.toMatchObject({ code: 'UNAVAILABLE' })
  await upload.cancel()
  expect(double.uploads()).toEqual([])
  expect(dataObjects()).toEqual([])
})

import { describe, expect, test } from '@jest/globals'
import { digestOf } from '@tsreg/oci'
import { makeImage } from '@tsreg/testkit'
import { type Bucket, type ETag, memoryBucket } from './bucket/index.ts'
import { singleWriter } from './single-writer.ts'
import { openStorage } from './storage.ts'
import { seededBytes } from './testing/bucket-fixtures.ts'
import { pushes } from './testing/repository-commits.ts'
import { keysOf, pushImage, pushParts, readBlob } from './testing/repository-fixtures.ts'

/** A store that knows no condition, as Swift. */
function withoutConditions(): Bucket {
  const bucket = memoryBucket({ conditionalDelete: false, partSize: 64 * 1024 })
  const refuse = (options: object | undefined) => {
    if (options !== undefined && ('ifAbsent' in options || 'ifMatch' in options)) throw new Error('501')
  }
  return {
    ...bucket,
    capabilities: { cas: false, conditionalDelete: false },
    put: async (key, body, options) => {
      refuse(options)
      return await bucket.put(key, body, options)
    },
    batch: async (writes, options) => {
      writes.forEach(refuse)
      return await bucket.batch(writes, options)
    },
    write: async (key, content, options) => {
      refuse(options)
      return await bucket.write(key, content, options)
    },
  }
}

describe('a store without compare-and-swap', () => {
  test.each(Object.keys(pushes))('%s of blobs of every size', async (way) => {
    const storage = await openStorage(withoutConditions(), { singleObjectBytes: 100_000, beatMs: 1000 })
    const repository = storage.repository('a')
    for (const size of [0, 100, 50_000, 300_000]) {
      const bytes = seededBytes(size, size)
      await pushes[way]?.(repository, bytes, digestOf(bytes))
      await pushes[way]?.(repository, bytes, digestOf(bytes))
      expect((await readBlob(repository, digestOf(bytes))).equals(bytes)).toBe(true)
    }
  })

  test('what is deleted stays as a tombstone, also where a conditional DELETE would work', async () => {
    const bucket = withoutConditions()
    const storage = await openStorage(bucket, { beatMs: 1000 })
    const repository = storage.repository('a')
    for (const tag of ['one', 'two', 'three']) await pushImage(repository, 1, tag)
    for (const tag of ['one', 'two']) await repository.tags.delete(tag)
    expect((await repository.tags.list({ limit: 10 })).items).toEqual(['three'])
    expect(storage.state()).toEqual({ writers: 'sole', conditionalDelete: false, deadTags: 2, signedUrls: false })
  })

  test('of 10 pushes to a tag that must not exist one wins, because one process writes', async () => {
    const bucket = withoutConditions()
    const repository = (await openStorage(bucket, { beatMs: 1000 })).repository('a')
    const images = Array.from({ length: 10 }, (_, n) => makeImage({ seed: n + 1, layers: 1 }))
    for (const image of images) await pushParts(repository, image)
    const results = await Promise.allSettled(
      images.map(({ manifest: { bytes, descriptor } }) =>
        repository.manifests.put({ mediaType: descriptor.mediaType, bytes, tags: ['t'], ifNoneMatch: ['*'] }),
      ),
    )
    expect(results.filter(({ status }) => status === 'fulfilled').length).toBe(1)
    expect(await keysOf(bucket, 't/')).toEqual(['t/a/t'])
  })

  test('conditions that contradict each other are a TypeError, as on every bucket', async () => {
    const bucket = singleWriter(withoutConditions())
    const both = { ifAbsent: true, ifMatch: 'x' as ETag }
    await expect(bucket.put('a', seededBytes(1, 1), both)).rejects.toBeInstanceOf(TypeError)
    expect(await bucket.stat('a')).toBeUndefined()
  })
})

import { describe, expect, test } from '@jest/globals'
import { makeImage } from '@tsreg/testkit'
import { memoryBucket } from './bucket/index.ts'
import { openStorage } from './storage.ts'

describe('an image whose layer is not there', () => {
  const image = makeImage({ seed: 5, layers: 2 })
  const { bytes, descriptor } = image.manifest
  const push = { bytes, mediaType: descriptor.mediaType, tags: ['v1'] }

  async function repositoryWithout(layer: number, sparseImages: boolean) {
    const storage = await openStorage(memoryBucket(), { sparseImages })
    const repository = storage.repository('sparse')
    const present = [image.config, ...image.layers.filter((_, index) => index !== layer)]
    for (const blob of present) {
      const content = (async function* () {
        yield blob.bytes
      })()
      await repository.uploads.put(blob.descriptor.digest, content)
    }
    return repository
  }

  test('is refused by default, naming the layer', async () => {
    const repository = await repositoryWithout(1, false)
    await expect(repository.manifests.put(push)).rejects.toMatchObject({
      code: 'MANIFEST_BLOB_UNKNOWN',
      detail: { missing: [image.layers[1]?.descriptor.digest] },
    })
  })

  test('is accepted where sparse images are allowed, and can be read by its tag', async () => {
    const repository = await repositoryWithout(1, true)
    await repository.manifests.put(push)
    expect((await repository.tags.fetch('v1')).digest).toBe(descriptor.digest)
  })
})

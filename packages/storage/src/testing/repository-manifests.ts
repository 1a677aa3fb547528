/**
 * Contract of manifests: what is accepted, what is refused, what a delete takes with it.
 * @module
 */
import { describe, expect, test } from '@jest/globals'
import { digestOf, mediaTypes } from '@tsreg/oci'
import { jsonContent, makeArtifact, makeImage, makeIndex } from '@tsreg/testkit'
import {
  type CurrentStorage,
  failureOf,
  freshName,
  keysOf,
  pushBlob,
  pushGraphTo,
  pushImage,
  pushParts,
} from './repository-fixtures.ts'

const mediaType = mediaTypes.ociManifest

export function describeManifests(current: CurrentStorage): void {
  const repository = () => current().storage.repository(freshName())

  describe('manifests', () => {
    test('a pushed image comes back byte by byte, by tag and by digest, also after a re-push under another tag', async () => {
      const repo = repository()
      const image = makeImage({ seed: 1 })
      const digest = await pushGraphTo(repo, image, 'a', 'b')
      expect(digest).toBe(image.manifest.descriptor.digest)
      await repo.manifests.put({ mediaType, bytes: image.manifest.bytes, tags: ['c'] })
      const stored = { digest, mediaType, bytes: image.manifest.bytes }
      for (const found of [
        await repo.manifests.fetch(digest),
        await repo.tags.fetch('a'),
        await repo.tags.fetch('c'),
      ]) {
        expect({ ...found, bytes: Buffer.from(found.bytes).toString() }).toEqual({
          ...stored,
          bytes: Buffer.from(stored.bytes).toString(),
        })
      }
      expect(await repo.tags.of(digest)).toEqual(['a', 'b', 'c'])
    })

    test('a manifest pushed by its sha512 digest is stored under that, one pushed by tag under sha256', async () => {
      const repo = repository()
      const image = makeImage({ seed: 2 })
      await pushParts(repo, image)
      const { bytes } = image.manifest
      const digest = digestOf(bytes, 'sha512')
      expect(await repo.manifests.put({ mediaType, bytes, digest, tags: ['long'] })).toEqual({ digest, tags: ['long'] })
      expect((await repo.tags.resolve('long')).digest).toBe(digest)
      expect((await failureOf(repo.manifests.fetch(digestOf(bytes)))).code).toBe('MANIFEST_UNKNOWN')
      expect((await repo.manifests.put({ mediaType, bytes, tags: ['short'] })).digest).toBe(digestOf(bytes))
    })

    test.each([true, false])(
      'missing blobs are MANIFEST_BLOB_UNKNOWN, each named; nothing is kept (first push: %p)',
      async (first) => {
        const repo = repository()
        if (!first) await pushImage(repo, 90, 'other')
        const image = makeImage({ seed: 3, layers: 3 })
        const [present, ...absent] = image.layers
        if (present === undefined) throw new Error('an image of three layers was made')
        await pushBlob(repo, present.bytes)
        const { bytes, descriptor } = image.manifest
        const failure = await failureOf(repo.manifests.put({ mediaType, bytes, tags: ['t'] }))
        const missing = [image.config, ...absent].map((blob) => blob.descriptor.digest)
        expect([failure.code, failure.detail?.missing]).toEqual(['MANIFEST_BLOB_UNKNOWN', missing])
        for (const digest of missing) expect(failure.message).toContain(digest)
        expect((await failureOf(repo.manifests.fetch(descriptor.digest))).code).toBe('MANIFEST_UNKNOWN')
        expect((await failureOf(repo.tags.resolve('t'))).code).toBe('MANIFEST_UNKNOWN')
        expect(await repo.exists()).toBe(!first)
      },
    )

    test('a refused re-push leaves the manifest that was there', async () => {
      const repo = repository()
      const image = makeImage({ seed: 4 })
      const digest = await pushGraphTo(repo, image, 't')
      const [layer] = image.layers
      if (layer === undefined) throw new Error('an image of two layers was made')
      await repo.blobs.delete(layer.descriptor.digest, { force: true })
      const failure = await failureOf(repo.manifests.put({ mediaType, bytes: image.manifest.bytes, tags: ['u'] }))
      expect(failure.detail?.missing).toEqual([layer.descriptor.digest])
      expect((await repo.tags.fetch('t')).digest).toBe(digest)
    })

    test('missing children of an index, a missing subject and layers with urls are accepted', async () => {
      const repo = repository()
      const image = makeImage({ seed: 5 })
      await pushGraphTo(repo, { ...makeIndex({ manifests: [image] }), blobs: new Map() }, 'sparse')
      await pushGraphTo(repo, makeArtifact({ subject: image.manifest.descriptor }), 'artifact')
      const foreign = { ...jsonContent(mediaTypes.ociLayerGzip, 'x').descriptor, urls: ['https://example.com/x'] }
      const config = await pushBlob(repo, Buffer.from('{}'))
      const manifest = jsonContent(mediaType, {
        schemaVersion: 2,
        mediaType,
        config: { mediaType: mediaTypes.ociConfig, digest: config, size: 2 },
        layers: [foreign],
      })
      await pushGraphTo(repo, { manifest, blobs: new Map() }, 'foreign')
      expect((await repo.tags.list({ limit: 10 })).items).toEqual(['artifact', 'foreign', 'sparse'])
    })

    test.each([
      ['not JSON', 'MANIFEST_INVALID', Buffer.from('{"schemaVersion":2')],
      ['over 4 MiB', 'MANIFEST_TOO_LARGE', Buffer.alloc(4 * 1024 * 1024 + 1)],
    ])('a manifest that is %s is %s', async (_, code, bytes) => {
      expect((await failureOf(repository().manifests.put({ mediaType, bytes, tags: ['t'] }))).code).toBe(code)
    })

    test('another digest than the bytes have is DIGEST_INVALID with both values, a bad tag TAG_INVALID', async () => {
      const repo = repository()
      const { bytes, descriptor } = makeImage({ seed: 6 }).manifest
      const failure = await failureOf(repo.manifests.put({ mediaType, bytes, digest: digestOf('x'), tags: [] }))
      expect([failure.code, failure.detail]).toEqual([
        'DIGEST_INVALID',
        { expected: digestOf('x'), received: descriptor.digest },
      ])
      expect((await failureOf(repo.manifests.put({ mediaType, bytes, tags: ['.bad'] }))).code).toBe('TAG_INVALID')
    })

    test('deleting a manifest takes the tags that name it and leaves the others', async () => {
      const repo = repository()
      const digest = await pushImage(repo, 7, 'a', 'b', 'moved')
      const other = await pushImage(repo, 8, 'moved', 'c')
      await repo.tags.fetch('a')
      await repo.manifests.delete(digest)
      expect((await failureOf(repo.manifests.fetch(digest))).code).toBe('MANIFEST_UNKNOWN')
      expect((await failureOf(repo.tags.fetch('a'))).code).toBe('MANIFEST_UNKNOWN')
      expect((await repo.tags.list({ limit: 10 })).items).toEqual(['c', 'moved'])
      expect((await repo.tags.resolve('moved')).digest).toBe(other)
      expect((await failureOf(repo.manifests.delete(digest))).code).toBe('MANIFEST_UNKNOWN')
      await pushImage(repo, 7, 'a')
      expect((await repo.tags.resolve('a')).digest).toBe(digest)
    })

    test('a store with conditional delete keeps no dead tag, link or manifest', async () => {
      const { bucket } = current()
      const repo = repository()
      const image = makeImage({ seed: 9 })
      const digest = await pushGraphTo(repo, image, 'a', 'b')
      await repo.tags.delete('b')
      await repo.manifests.delete(digest)
      for (const blob of image.blobs.keys()) await repo.blobs.delete(blob)
      const encoded = repo.name.replaceAll('-', '!').replaceAll('/', '.')
      const left = [
        ...(await keysOf(bucket, `t/${encoded}/`)),
        ...(await keysOf(bucket, `m/${encoded}/`)),
        ...(await keysOf(bucket, `l/${encoded}/`)),
      ]
      expect(left.length).toBe(bucket.capabilities.conditionalDelete ? 0 : 3 + image.blobs.size)
    })
  })
}

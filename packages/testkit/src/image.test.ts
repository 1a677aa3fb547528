import { gunzipSync, zstdDecompressSync } from 'node:zlib'
import { describe, expect, test } from '@jest/globals'
import { digestOf, mediaTypes } from '@tsreg/oci'
import { copy, MemoryStore } from '@tsreg/oci/content'
import { childrenOf, parseImageConfig, parseManifest } from '@tsreg/oci/image'
import { makeArtifact } from './artifact.ts'
import { pushGraph } from './content.ts'
import { makeImage } from './image.ts'
import { makeIndex } from './index-manifest.ts'

describe('makeImage', () => {
  test('the same seed gives the same image, another seed another one', () => {
    const digestOfSeed = (seed: number) => makeImage({ seed }).manifest.descriptor.digest
    expect(digestOfSeed(1)).toBe(digestOfSeed(1))
    expect(digestOfSeed(1)).not.toBe(digestOfSeed(2))
  })

  test('the config names the digests of the uncompressed layers', () => {
    const image = makeImage({ layers: 3 })
    const config = parseImageConfig(image.config.bytes)
    expect(config.rootfs.diff_ids).toEqual(image.layers.map(({ bytes }) => digestOf(gunzipSync(bytes))))
    expect(config.history).toHaveLength(3)
  })

  test.each([
    ['oci', 'none', mediaTypes.ociManifest, mediaTypes.ociLayer],
    ['oci', 'zstd', mediaTypes.ociManifest, mediaTypes.ociLayerZstd],
    ['docker', 'gzip', mediaTypes.dockerManifest, mediaTypes.dockerLayerGzip],
  ] as const)('an image of family %s with compression %s has its media types', (family, compression, type, layer) => {
    const { manifest, layers } = makeImage({ family, compression, layers: 1 })
    expect(parseManifest(manifest.bytes, type)).toMatchObject({ kind: 'image', layers: [{ mediaType: layer }] })
    expect(layers[0]?.descriptor.mediaType).toBe(layer)
  })

  test('a zstd layer decompresses to its diff ID', () => {
    const { layers, diffIds } = makeImage({ compression: 'zstd', layers: 1 })
    expect(digestOf(zstdDecompressSync(layers[0]?.bytes ?? Buffer.alloc(0)))).toBe(diffIds[0])
  })
})

describe('graphs', () => {
  test('an index of two platforms and an artifact about it can be pushed and copied', async () => {
    const images = [
      makeImage({ seed: 1 }),
      makeImage({ seed: 2, platform: { os: 'linux', architecture: 'arm64', variant: 'v8' } }),
    ]
    const index = makeIndex({ manifests: images })
    const artifact = makeArtifact({ subject: index.manifest.descriptor, content: 'signed' })
    const source = new MemoryStore()
    await pushGraph(source, index)
    await pushGraph(source, artifact)
    const target = new MemoryStore()
    const digest = index.manifest.descriptor.digest
    const copied = await copy(source, digest, target, { tag: 'v1', includeReferrers: true })
    expect(copied.digest).toBe(digest)
    expect((await target.resolve('v1')).digest).toBe(digest)
    for (const { descriptor } of [...index.blobs.values(), artifact.manifest]) {
      expect(await target.exists(descriptor)).toBe(true)
    }
  })

  test('the entries of an index carry the platforms of its images', () => {
    const image = makeImage({ platform: { os: 'linux', architecture: 's390x' } })
    const { manifest } = makeIndex({ manifests: [image], family: 'docker' })
    const parsed = parseManifest(manifest.bytes, mediaTypes.dockerManifestList)
    expect(childrenOf(parsed)[0]?.platform).toEqual({ os: 'linux', architecture: 's390x' })
  })
})

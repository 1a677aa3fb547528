import { Readable } from 'node:stream'
import { describe, expect, test } from '@jest/globals'
import { mediaTypes } from '../media-types.ts'
import { blob, image, index, pushAll } from '../testing/graph-fixtures.ts'
import { fetchContent, fetchManifest, maxManifestBytes } from './fetch-manifest.ts'
import { successors } from './graph.ts'
import { MemoryStore } from './memory-store.ts'
import type { Fetcher, SmallFetcher } from './store.ts'

const giving = (bytes: Uint8Array): Fetcher => ({ fetch: async () => Readable.from([bytes]) })

describe('fetchManifest', () => {
  test('gives the bytes as they are and the manifest in them', async () => {
    const { root, pieces } = image(['a', 'b'])
    const store = new MemoryStore()
    await pushAll(store, { root, pieces })
    const { bytes, manifest } = await fetchManifest(store, root.descriptor)
    expect(Buffer.compare(bytes, root.bytes)).toBe(0)
    expect(manifest).toMatchObject({ kind: 'image', layers: [{ size: 1 }, { size: 1 }] })
  })

  test('a registry that gives another manifest is found out', async () => {
    const [wanted, other] = [image(['a']).root, image(['b']).root]
    await expect(fetchManifest(giving(other.bytes), wanted.descriptor)).rejects.toMatchObject({
      code: 'DIGEST_INVALID',
    })
  })

  test('what holds small content on this machine is not asked for a stream, and is checked as well', async () => {
    const { bytes, descriptor } = image(['a']).root
    const holding = (held: Uint8Array): Fetcher & SmallFetcher => ({
      fetch: () => Promise.reject(new Error('asked for a stream')),
      fetchSmall: async () => held,
    })
    expect((await fetchManifest(holding(bytes), descriptor)).bytes).toBe(bytes)
    const changed = Uint8Array.from(bytes, (byte, at) => (at === 3 ? byte ^ 1 : byte))
    await expect(fetchContent(holding(changed), descriptor)).rejects.toMatchObject({ code: 'DIGEST_INVALID' })
    await expect(fetchContent(holding(bytes.subarray(1)), descriptor)).rejects.toMatchObject({ code: 'SIZE_INVALID' })
  })

  test('a manifest whose own media type is another is refused', async () => {
    const { bytes, descriptor } = image(['a']).root
    const lied = { ...descriptor, mediaType: mediaTypes.ociIndex }
    await expect(fetchManifest(giving(bytes), lied)).rejects.toMatchObject({ code: 'MANIFEST_INVALID' })
  })

  test('a manifest over the limit is not even asked for', async () => {
    const fetcher: Fetcher = { fetch: () => Promise.reject(new Error('asked')) }
    const { descriptor } = image(['a']).root
    const large = { ...descriptor, size: maxManifestBytes + 1 }
    await expect(fetchManifest(fetcher, large)).rejects.toMatchObject({ code: 'MANIFEST_TOO_LARGE' })
    await expect(fetchContent(fetcher, descriptor, { limitBytes: 10 })).rejects.toMatchObject({
      code: 'MANIFEST_TOO_LARGE',
    })
  })
})

describe('successors', () => {
  test('an image points at config and layers, an index at manifests, a blob at nothing', async () => {
    const one = image(['a'])
    const both = index([one, image(['b'])])
    const store = new MemoryStore()
    await pushAll(store, both)
    const sizes = async (graph: typeof one) =>
      (await successors(store, graph.root.descriptor)).map(({ digest }) => digest)
    expect(await sizes(one)).toEqual(one.pieces.slice(0, 2).map(({ descriptor }) => descriptor.digest))
    expect((await sizes(both))[0]).toBe(one.root.descriptor.digest)
    expect(await successors(store, blob('never pushed').descriptor)).toEqual([])
  })
})

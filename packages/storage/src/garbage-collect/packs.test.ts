import { beforeEach, describe, expect, test } from '@jest/globals'
import { type Digest, digestOf, mediaTypes } from '@tsreg/oci'
import { jsonContent, makeImage } from '@tsreg/testkit'
import { cellsOf } from '../cells.ts'
import type { ManifestHeader } from '../manifest-cell.ts'
import { catalogKey, manifestKey } from '../paths.ts'
import { type AgingStore, agingStore, agingName as name } from '../testing/aging-store.ts'
import { countingBucket } from '../testing/counting-bucket.ts'
import { keysOf, pushGraphTo } from '../testing/repository-fixtures.ts'
import { decodePack, encodePack, packEntry } from './pack.ts'
import { eachReference, packReferences, type Reference, unpackReferences } from './references.ts'

const images = [1, 2, 3].map((seed) => makeImage({ seed }))
const [one, two, three] = images as [(typeof images)[0], (typeof images)[0], (typeof images)[0]]

describe('packed references', () => {
  const references: readonly Reference[] = [
    { kind: 'blob', digest: digestOf('a') },
    { kind: 'child', digest: digestOf('b', 'sha512') },
    { kind: 'subject', digest: digestOf('c') },
    { kind: 'target', digest: digestOf('d') },
  ]

  test('come back as they were; digests of unknown algorithms are left out', () => {
    const unknown: Reference = { kind: 'blob', digest: 'md5:00' as Digest }
    expect(unpackReferences(packReferences([unknown, ...references, unknown]))).toEqual(references)
  })

  test('are visited with the first 64 bits of their digests', () => {
    const seen: string[] = []
    eachReference(packReferences(references), (kind, hi, lo) => {
      seen.push(`${kind} ${hi.toString(16).padStart(8, '0')}${lo.toString(16).padStart(8, '0')}`)
    })
    expect(seen).toEqual(references.map(({ kind, digest }) => `${kind} ${digest.slice(7, 23)}`))
  })

  test('of a pack with one bit turned, cut short or of another version are not used', () => {
    const pack = encodePack([
      packEntry('m/a/sha256/00', '', packReferences(references)),
      packEntry('t/a/t', 'e', Buffer.alloc(0)),
    ])
    expect([...(decodePack(pack) ?? [])].map(({ key, etag }) => [key, etag])).toEqual([
      ['m/a/sha256/00', ''],
      ['t/a/t', 'e'],
    ])
    for (let at = 0; at < pack.length; at += 7) {
      const damaged = Buffer.from(pack)
      damaged[at] = (damaged[at] ?? 0) ^ 4
      expect(decodePack(damaged)).toBeUndefined()
    }
    for (const length of [0, 1, pack.length - 1]) expect(decodePack(pack.subarray(0, length))).toBeUndefined()
    expect(decodePack(Buffer.from(String(pack).replace('{"v":1', '{"v":2'), 'latin1'))).toBeUndefined()
  })
})

describe('marks that are remembered', () => {
  let store: AgingStore
  beforeEach(async () => {
    store = await agingStore()
  })

  test('only manifests and tags that are new since the last run are read', async () => {
    const { repository, collect, storage } = store
    await pushGraphTo(repository, one, 'a', 'b')
    await pushGraphTo(storage.repository('z'), two, 'a')
    expect(await collect()).toMatchObject({ manifests: { read: 2 }, tags: { read: 3 } })
    expect(await collect()).toMatchObject({ manifests: { read: 0, seen: 2 }, tags: { read: 0, seen: 3 } })
    await pushGraphTo(repository, three, 'b')
    expect(await collect()).toMatchObject({ manifests: { read: 1, seen: 3 }, tags: { read: 1, seen: 3 } })
    await repository.manifests.delete(three.manifest.descriptor.digest)
    expect(await collect()).toMatchObject({ manifests: { read: 0, seen: 2 }, tags: { read: 0, seen: 2 } })
    expect(await store.alive(one)).toEqual({ pointers: 3, links: 3 })
  })

  test('a run that changes nothing asks for a page of each kind, and its packs', async () => {
    await pushGraphTo(store.repository, one, 'a')
    await store.collect()
    const counting = countingBucket(store.bucket)
    const storage = await store.replica(counting.bucket)
    counting.reset()
    const { requests } = await storage.collectGarbage()
    expect(counting.requests).toEqual([
      ...['read gc/lease', 'put gc/lease', 'read meta', 'list gc/trash/'],
      ...['list gc/marks/m/', 'list m/', `read gc/marks/${manifestKey(name, one.manifest.descriptor.digest)}`],
      ...[
        'list gc/marks/t/',
        'list t/',
        'read gc/marks/t/a.b/a',
        'list b/sha256/',
        'list b/sha512/',
        'list l/',
        'put gc/lease',
      ],
    ])
    expect(requests).toEqual({ list: 8, read: 4, write: 2, delete: 0 })
  })

  test('a damaged pack is told of, not used, and written anew', async () => {
    const { repository, bucket, collect } = store
    await pushGraphTo(repository, one, 'a')
    await collect()
    const [pack = ''] = await keysOf(bucket, 'gc/marks/m/')
    const body = Buffer.from((await bucket.read(pack))?.body ?? [])
    body[body.length - 1] = (body.at(-1) ?? 0) ^ 1
    await bucket.put(pack, body)
    const warnings: string[] = []
    const other = await store.replica(bucket, { onWarning: (error) => warnings.push(String(error)) })
    expect((await other.collectGarbage({ graceMs: 0 })).manifests).toMatchObject({ seen: 1, read: 1 })
    expect(warnings).toEqual([`Error: ${pack} is damaged`])
    expect((await collect()).manifests).toMatchObject({ read: 0 })
    expect(await store.alive(one)).toEqual({ pointers: 3, links: 3 })
  })

  test('packs of other splits, overlapping and out of date, are used as far as they hold', async () => {
    const { bucket, collect, storage } = store
    const names = ['a', 'b', 'c', 'd', 'e', 'f']
    for (const repository of names) await pushGraphTo(storage.repository(repository), one, 't')
    await collect()
    const [pack = ''] = await keysOf(bucket, 'gc/marks/m/')
    const entries = [...(decodePack((await bucket.read(pack))?.body ?? Buffer.alloc(0)) ?? [])]
    const put = (some: typeof entries) => bucket.put(`gc/marks/${some[0]?.key}`, encodePack(some))
    await put(entries.slice(0, 5))
    await put(entries.slice(2, 4))
    await put([packEntry(`${entries[4]?.key}0`, '', Buffer.alloc(0)), ...entries.slice(5)])
    // a and b from the first, c and d from the second, e from neither, f from the third, whose first cell is gone.
    expect((await collect()).manifests).toMatchObject({ seen: 6, read: 1 })
    expect((await collect()).manifests).toMatchObject({ seen: 6, read: 0 })
    expect(await store.bucket.list({ prefix: 'gc/marks/m/' })).toHaveLength(1)
  })

  test('a pack that has become too large is split, one that lost nearly all its entries joins the next', async () => {
    const { bucket, collect } = store
    await loadManifests(['a', 'b'], 40)
    expect((await collect({ graceMs: 1e15 })).manifests).toMatchObject({ seen: 80, read: 80 })
    const packs = await bucket.list({ prefix: 'gc/marks/m/' })
    // 80 manifests of 1000 references of 33 bytes.
    expect(packs.length).toBe(2)
    for (const { size } of packs) expect(size).toBeLessThan(2 * 1024 * 1024)
    expect(packs.reduce((sum, { size }) => sum + size, 0)).toBeGreaterThan(80 * 33_000)
    expect((await collect({ graceMs: 1e15 })).manifests).toMatchObject({ seen: 80, read: 0 })
    const kept = (await keysOf(bucket, 'm/')).filter((_, index) => index % 40 === 39)
    for (const key of await keysOf(bucket, 'm/')) if (!kept.includes(key)) await bucket.delete(key)
    await collect({ graceMs: 1e15 })
    expect(await keysOf(bucket, 'gc/marks/m/')).toEqual([`gc/marks/${kept[0]}`])
    expect((await collect({ graceMs: 1e15 })).manifests).toMatchObject({ seen: 2, read: 0 })
  })

  /** Manifests of the same layer a thousand times, which nobody has. */
  async function loadManifests(repositories: readonly string[], each: number): Promise<void> {
    const cells = cellsOf(store.bucket)
    for (const repository of repositories) {
      await cells.mark([catalogKey(repository)])
      for (let n = 0; n < each; n++) {
        const layer = { mediaType: mediaTypes.ociLayer, digest: digestOf(`${repository} ${n}`), size: 1 }
        const manifest = jsonContent(mediaTypes.ociManifest, {
          schemaVersion: 2,
          mediaType: mediaTypes.ociManifest,
          config: { ...layer, mediaType: mediaTypes.ociConfig },
          layers: new Array(999).fill(layer),
        })
        const { digest, mediaType, size } = manifest.descriptor
        const header: ManifestHeader = { st: 'live', mediaType, size, pushedAt: '2026-01-01T00:00:00.000Z' }
        await cells.write({ key: manifestKey(repository, digest), version: undefined, header, payload: manifest.bytes })
      }
    }
  }
})

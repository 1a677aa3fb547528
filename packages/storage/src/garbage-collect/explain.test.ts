import { beforeEach, describe, expect, test } from '@jest/globals'
import { digestOf } from '@tsreg/oci'
import { makeArtifact, makeImage, makeIndex } from '@tsreg/testkit'
import { cellsOf } from '../cells.ts'
import { pointerKey } from '../paths.ts'
import type { PointerHeader } from '../pointer.ts'
import { type AgingStore, agingStore, hourMs, agingName as name } from '../testing/aging-store.ts'
import { seededBytes } from '../testing/bucket-fixtures.ts'
import { pushBlob, pushGraphTo } from '../testing/repository-fixtures.ts'

const image = makeImage({ seed: 1, layers: 1 })
const { digest: manifest } = image.manifest.descriptor
const layer = image.layers[0]?.descriptor.digest ?? manifest

describe('explaining a digest', () => {
  let store: AgingStore
  beforeEach(async () => {
    store = await agingStore()
  })

  test('tells of a blob which manifests of which repositories and tags keep it, and each link by its own repository', async () => {
    const { repository, storage } = store
    await pushGraphTo(repository, image, 'v1', 'v2')
    await pushGraphTo(storage.repository('c'), image)
    await storage.repository('linked').blobs.mount(layer, name)
    store.pass(25 * hourMs)
    const modifiedAt = '2026-01-01T00:00:00.000Z'
    const size = image.layers[0]?.bytes.byteLength
    const inFirst = { kind: 'manifest', repository: name, digest: manifest, tags: ['v1', 'v2'] }
    const inSecond = { kind: 'manifest', repository: 'c', digest: manifest, tags: [] }
    const live = { state: 'live', modifiedAt }
    expect(await storage.explainGarbage(layer)).toEqual({
      digest: layer,
      cells: [
        { what: 'blob', ...live, size, verdict: 'kept', keepers: [inFirst, inSecond], keeperCount: 2 },
        { what: 'link', repository: name, ...live, size: 0, verdict: 'kept', keepers: [inFirst], keeperCount: 1 },
        { what: 'link', repository: 'c', ...live, size: 0, verdict: 'kept', keepers: [inSecond], keeperCount: 1 },
        { what: 'link', repository: 'linked', ...live, size: 0, verdict: 'goes', keepers: [], keeperCount: 0 },
      ],
    })
    const few = await storage.explainGarbage(layer, { limit: 1 })
    expect(few.cells[0]).toMatchObject({ keepers: [inFirst], keeperCount: 2 })
  })

  test('tells whether garbage goes with the next run, is too young, or is condemned already', async () => {
    const { repository, storage, bucket } = store
    const digest = await pushBlob(repository, seededBytes(20_000, 1))
    const verdictOf = async (graceMs?: number) =>
      (await storage.explainGarbage(digest, graceMs === undefined ? {} : { graceMs })).cells.map(
        ({ verdict }) => verdict,
      )
    expect(await verdictOf()).toEqual(['young', 'young'])
    expect(await verdictOf(0)).toEqual(['goes', 'goes'])
    store.pass(25 * hourMs)
    expect(await verdictOf()).toEqual(['goes', 'goes'])
    const { version, header, payload } = await cellsOf(bucket).read<PointerHeader>(pointerKey(digest))
    await cellsOf(bucket).write({ key: pointerKey(digest), version, header: { ...header, st: 'cond' }, payload })
    expect((await storage.explainGarbage(digest)).cells[0]).toMatchObject({ state: 'condemned' })
    await storage.collectGarbage({ graceMs: 0 })
    expect((await storage.explainGarbage(digest)).cells).toEqual([])
  })

  test('tells of a manifest which tags, indexes and subjects keep it, and what the policy on untagged ones says', async () => {
    const { repository, storage } = store
    const index = makeIndex({ manifests: [image] })
    const signature = makeArtifact({ subject: image.manifest.descriptor })
    await pushGraphTo(repository, index, 'index')
    await pushGraphTo(repository, signature)
    await repository.manifests.put({
      mediaType: image.manifest.descriptor.mediaType,
      bytes: image.manifest.bytes,
      tags: ['t'],
    })
    const keepersOf = async (digest: typeof manifest, untaggedOlderThanMs?: number) => {
      const options = untaggedOlderThanMs === undefined ? {} : { untaggedOlderThanMs, graceMs: 0 }
      const { cells } = await storage.explainGarbage(digest, options)
      return cells.filter(({ what }) => what === 'manifest').map(({ verdict, keepers }) => ({ verdict, keepers }))
    }
    const tag = { kind: 'tag', repository: name, tag: 't' }
    const listed = { kind: 'index', repository: name, digest: index.manifest.descriptor.digest, tags: ['index'] }
    const kept = { kind: 'untagged-are-kept' }
    expect(await keepersOf(manifest)).toEqual([{ verdict: 'kept', keepers: [tag, listed, kept] }])
    expect(await keepersOf(manifest, 0)).toEqual([{ verdict: 'kept', keepers: [tag, listed] }])
    const about = { kind: 'subject', repository: name, digest: manifest }
    expect(await keepersOf(signature.manifest.descriptor.digest, 0)).toEqual([{ verdict: 'kept', keepers: [about] }])
    await repository.manifests.delete(manifest)
    expect(await keepersOf(signature.manifest.descriptor.digest, 0)).toEqual([{ verdict: 'goes', keepers: [] }])
    expect(await keepersOf(signature.manifest.descriptor.digest)).toEqual([{ verdict: 'kept', keepers: [kept] }])
  })

  test('changes nothing, and knows nothing of what is not there', async () => {
    await pushGraphTo(store.repository, image, 't')
    const before = await store.snapshot()
    await store.storage.explainGarbage(layer)
    expect((await store.storage.explainGarbage(digestOf('nothing'))).cells).toEqual([])
    expect(await store.snapshot()).toEqual(before)
  })
})

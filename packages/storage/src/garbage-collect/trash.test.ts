import { beforeEach, describe, expect, test } from '@jest/globals'
import { type Digest, digestOf } from '@tsreg/oci'
import { cellsOf } from '../cells.ts'
import { pointerKey } from '../paths.ts'
import type { PointerHeader } from '../pointer.ts'
import { type AgingStore, agingStore } from '../testing/aging-store.ts'
import { seededBytes } from '../testing/bucket-fixtures.ts'
import { garbage } from '../testing/invariants.ts'
import { content, failureOf, keysOf, pushBlob, readBlob } from '../testing/repository-fixtures.ts'

const bytes = seededBytes(20_000, 1)

describe.each([true, false])('bytes that are out of use (conditional delete: %p)', (conditionalDelete) => {
  let store: AgingStore
  let digest: Digest
  beforeEach(async () => {
    store = await agingStore(conditionalDelete, { cacheTtlMs: 5000, signedUrlMs: 60_000 })
    digest = await pushBlob(store.repository, bytes)
  })

  const objects = () => keysOf(store.bucket, 'd/')
  const entries = () => keysOf(store.bucket, 'gc/trash/')

  test('are kept for as long as a replica may remember them and a presigned URL may be good', async () => {
    expect((await store.collect()).bytes).toEqual({ freed: 0, pending: 20_000 })
    for (const [passes, freed] of [
      [0, 0],
      [65_000, 0],
      [1000, 20_000],
    ] as const) {
      store.pass(passes)
      expect((await store.storage.collectGarbage()).bytes).toEqual({ freed, pending: 20_000 - freed })
    }
    expect([...(await objects()), ...(await entries())]).toEqual([])
  })

  test('are waited for where that is asked', async () => {
    const quick = await agingStore(conditionalDelete, { cacheTtlMs: 30 })
    await pushBlob(quick.repository, bytes)
    const collecting = quick.collect({
      waitForBytes: true,
      onProgress: ({ phase }) => {
        if (phase === 'wait') quick.pass(31)
      },
    })
    expect((await collecting).bytes).toEqual({ freed: 20_000, pending: 0 })
    expect(await keysOf(quick.bucket, 'd/')).toEqual([])
  })

  test('are kept when the pointer died long after their entry was written', async () => {
    await store.collect()
    store.pass(120_000)
    const { version } = await cellsOf(store.bucket).read(pointerKey(digest))
    await cellsOf(store.bucket).entomb(pointerKey(digest), version)
    expect((await store.storage.collectGarbage()).bytes).toEqual({ freed: 0, pending: 20_000 })
    store.pass(66_000)
    expect((await store.storage.collectGarbage()).bytes).toEqual({ freed: 20_000, pending: 0 })
  })

  test('are kept while the run that wrote the entry has not come to the pointer; the entry goes when it is rescued', async () => {
    await setState('cond')
    const { header } = await pointer()
    await store.bucket.put(
      'gc/trash/x.20000',
      Buffer.from(JSON.stringify({ digest, x: header?.x, key: header?.key, size: 20_000 })),
    )
    store.pass(120_000)
    expect((await store.storage.collectGarbage()).bytes).toEqual({ freed: 0, pending: 20_000 })
    expect(await entries()).toHaveLength(1)
    await pushBlob(store.repository, bytes)
    expect((await store.storage.collectGarbage()).bytes).toEqual({ freed: 0, pending: 0 })
    expect([await entries(), (await objects()).length]).toEqual([[], 1])
    expect((await readBlob(store.repository, digest)).equals(bytes)).toBe(true)
  })

  test('of a blob that was pushed again are deleted, the new ones are not', async () => {
    await store.collect()
    await pushBlob(store.repository, bytes)
    expect(await objects()).toHaveLength(2)
    store.pass(66_000)
    expect((await store.storage.collectGarbage()).bytes).toEqual({ freed: 20_000, pending: 0 })
    expect((await readBlob(store.repository, digest)).equals(bytes)).toBe(true)
    expect(await garbage(store.bucket)).toEqual([])
  })

  test('of a session that is still there cannot be published again: it is discarded first', async () => {
    const { repository, bucket } = store
    const other = seededBytes(20_000, 2)
    const upload = await repository.uploads.create()
    await upload.append(content(other))
    const resumed = await repository.uploads.resume(upload.id)
    // The uploader died after its commit point: the session is left, the blob is live and old.
    const broken = await store.replica({
      ...bucket,
      delete: (key, condition) =>
        key.startsWith('u/') ? Promise.reject(new Error('no reply')) : bucket.delete(key, condition),
    })
    const of = digestOf(other)
    await (await broken.repository('a/b').uploads.resume(upload.id)).commit(of)
    expect(await keysOf(bucket, 'u/')).toHaveLength(1)
    await store.collect()
    expect(await store.isAlive(pointerKey(of))).toBe(false)
    expect((await failureOf(resumed.commit(of))).code).toBe('BLOB_UPLOAD_UNKNOWN')
    await store.collect()
    await store.storage.discardStaleUploads({ ageMs: 0 })
    expect(await garbage(bucket)).toEqual([])
  })

  function pointer() {
    return cellsOf(store.bucket).read<PointerHeader>(pointerKey(digest))
  }

  async function setState(st: 'live' | 'cond'): Promise<void> {
    const { version, header, payload } = await pointer()
    await cellsOf(store.bucket).write({ key: pointerKey(digest), version, header: { ...header, st }, payload })
  }
})

import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import type { Bucket } from '../bucket/bucket.ts'
import { openBucket } from '../bucket/index.ts'
import { seededBytes } from '../testing/bucket-fixtures.ts'
import { type FilledStore, fillStore, runFsck } from '../testing/fsck-fixtures.ts'
import { brokenPointers } from '../testing/invariants.ts'
import { content, keysOf, pushBlob, readBlob } from '../testing/repository-fixtures.ts'
import { awsBehaviour, cephBehaviour, type S3Double, startS3Double } from '../testing/s3-double/index.ts'

describe.each([
  ['AWS', awsBehaviour],
  ['Ceph', cephBehaviour],
])('on a server like %s', (_name, behaviour) => {
  let double: S3Double
  let bucket: Bucket
  let store: FilledStore
  beforeAll(async () => {
    double = await startS3Double({ behaviour: { ...behaviour, minPartBytes: 0 } })
    bucket = await openBucket(double.storageUrl('a/prefix'), {
      s3: { credentials: double, delayFactor: 0, partBytes: 256 * 1024 },
    })
    store = await fillStore(bucket)
  })
  afterAll(async () => {
    await store.storage.close()
    await double.close()
  })

  test('fsck finds a store whole, and reads each pointer, manifest and tag once', async () => {
    double.reset()
    const { report, findings } = await runFsck(store.storage, { deep: true })
    expect(findings).toEqual([])
    const { pointers, manifests, tags, objects } = report.checked
    expect(double.counts().GetObject).toBe(pointers + manifests + tags + objects)
    // u/, gc/trash/ and t/ once, the others once to read and once to compare.
    expect(double.counts().ListObjectsV2).toBeLessThanOrEqual(20)
    expect(double.counts().PutObject ?? 0).toBe(0)
  })

  test('what was lost and what is left over is mended', async () => {
    const [object = ''] = await keysOf(bucket, 'd/')
    await bucket.write(object, content(seededBytes(50_000, 9)))
    await bucket.write(`${object}.late`, content(Buffer.from('late')))
    for (const key of await keysOf(bucket, 'cat/')) await bucket.delete(key)
    const { problems, report } = await runFsck(store.storage, { deep: true, repair: true })
    expect(problems).toEqual(['blob-corrupt', 'bytes-orphaned', 'link-dangling', 'marker-missing', 'marker-missing'])
    expect(report.damage).toBe(0)
    await pushBlob(store.storage.repository('a/b'), seededBytes(50_000, 1))
    expect((await readBlob(store.storage.repository('a/b'), store.large)).length).toBe(50_000)
    expect(await brokenPointers(bucket)).toEqual([])
  })

  test('a repository is deleted whole', async () => {
    const repository = store.storage.repository('a/b-c')
    expect(await repository.delete()).toMatchObject({ tags: 3, manifests: 3 })
    expect(await repository.exists()).toBe(false)
    expect((await runFsck(store.storage)).report.damage).toBe(0)
    expect((await store.storage.repository('a/b').tags.list({ limit: 9 })).items).toEqual(['all', 'v1', 'v2'])
  })
})

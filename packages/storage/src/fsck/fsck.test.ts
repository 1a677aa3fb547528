import { randomUUID } from 'node:crypto'
import { beforeEach, describe, expect, test } from '@jest/globals'
import type { Digest } from '@tsreg/oci'
import { memoryBucket } from '../bucket/index.ts'
import { cellsOf } from '../cells.ts'
import { dataKey, linkKey, manifestKey, pointerKey, sessionKey, tagKey } from '../paths.ts'
import type { PointerHeader } from '../pointer.ts'
import { seededBytes } from '../testing/bucket-fixtures.ts'
import { type FilledStore, fillStore, runFsck } from '../testing/fsck-fixtures.ts'
import { garbage } from '../testing/invariants.ts'
import { content, failureOf, keysOf, pushBlob, pushGraphTo, readBlob } from '../testing/repository-fixtures.ts'

describe.each([true, false])('fsck (conditional delete: %p)', (conditionalDelete) => {
  let bucket: ReturnType<typeof memoryBucket>
  let store: FilledStore
  beforeEach(async () => {
    bucket = memoryBucket({ conditionalDelete, partSize: 16 * 1024 })
    store = await fillStore(bucket)
  })

  const cells = () => cellsOf(bucket)
  const repository = (name = 'a/b') => store.storage.repository(name)
  const pointer = (digest: Digest) => cells().read<PointerHeader>(pointerKey(digest))
  const objectOf = async (digest: Digest) => (await pointer(digest)).header?.key ?? ''
  /** A cell as a fault of the store would take it: gone, whoever needs it. */
  const lose = (key: string) => bucket.delete(key)

  test('finds nothing in a store that is whole, and counts what it looked at', async () => {
    await repository().tags.delete('v2')
    await repository('a/b-c').delete()
    const upload = await repository().uploads.create()
    await upload.append(content(seededBytes(40_000, 2)))
    for (const deep of [false, true]) {
      const { report, findings } = await runFsck(store.storage, { deep })
      expect(findings.filter(({ problem }) => problem !== 'marker-stale')).toEqual([])
      expect([report.damage, report.deep, report.repair]).toEqual([0, deep, false])
      expect(report.checked).toMatchObject({ manifests: 3, tags: 2, sessions: 1, trash: 0 })
      expect(report.checked.objectBytes).toBeGreaterThanOrEqual(90_000 - 1024)
      expect(report.checked.hashedBytes >= 50_000).toBe(deep)
      expect(Object.keys(report.problems)).toEqual(['marker-stale'])
    }
  })

  test('tells of each phase with how far it is', async () => {
    const phases = new Set<string>()
    await runFsck(store.storage, { onProgress: ({ phase }) => void phases.add(phase) })
    expect([...phases]).toEqual(
      expect.arrayContaining(['objects', 'pointers', 'links', 'manifests', 'tags', 'markers', 'bytes', 'references']),
    )
  })

  test('sorts through files when there is no memory, with the same result', async () => {
    await lose(await objectOf(store.large))
    await bucket.write(dataKey(randomUUID()), content(Buffer.from('orphan')))
    const roomy = await runFsck(store.storage)
    const tight = await runFsck(store.storage, { sortBytes: 64 })
    expect(tight.findings).toEqual(roomy.findings)
    expect(tight.problems).toEqual(['blob-missing', 'bytes-orphaned'])
  })

  describe('a blob whose bytes are gone', () => {
    test('is told, and stays when nothing is to be repaired', async () => {
      const key = await objectOf(store.large)
      await lose(key)
      const { report, findings } = await runFsck(store.storage)
      expect(findings).toEqual([
        {
          problem: 'blob-missing',
          key,
          digest: store.large,
          size: 50_000,
          detail: `blob ${store.large}: its bytes ${key} are not there`,
          repaired: false,
        },
      ])
      expect([report.damage, report.problems['blob-missing']]).toEqual([1, { found: 1, repaired: 0, bytes: 50_000 }])
      expect((await pointer(store.large)).header).toBeDefined()
    })

    test('is given up by a repair, so that it can be pushed again', async () => {
      await lose(await objectOf(store.large))
      const { report } = await runFsck(store.storage, { repair: true })
      expect([report.damage, report.problems['blob-missing']]).toEqual([0, { found: 1, repaired: 1, bytes: 50_000 }])
      expect((await failureOf(repository().blobs.stat(store.large))).code).toBe('BLOB_UNKNOWN')
      await pushBlob(repository(), seededBytes(50_000, 1))
      expect((await readBlob(repository(), store.large)).length).toBe(50_000)
      expect((await runFsck(store.storage)).problems).toEqual([])
    })

    test('fences the upload that wrote them: it does not publish them again', async () => {
      const { header, version, payload } = await pointer(store.large)
      const x = header?.x ?? ''
      await bucket.put(sessionKey(x), Buffer.from(`${JSON.stringify({ repo: 'a/b', st: 'commit', tails: [] })}\n`))
      await lose(header?.key ?? '')
      expect([version !== undefined, payload.length]).toEqual([true, 0])
      await runFsck(store.storage, { repair: true })
      expect((await cells().read<{ st: string }>(sessionKey(x))).header?.st).toBe('discard')
    })
  })

  describe('a blob whose bytes are not right', () => {
    async function damage(bytes: Uint8Array): Promise<string> {
      const key = await objectOf(store.large)
      await bucket.write(key, content(bytes))
      return key
    }

    test('is found by its size without reading it', async () => {
      await damage(seededBytes(49_999, 1))
      const { findings, report } = await runFsck(store.storage)
      expect(findings.map(({ problem, detail }) => [problem, detail])).toEqual([
        ['blob-corrupt', `blob ${store.large} has 49999 bytes, not 50000`],
      ])
      expect(report.checked.hashedBytes).toBeLessThan(50_000)
    })

    test('is found by its digest in a deep run only', async () => {
      await damage(seededBytes(50_000, 2))
      expect((await runFsck(store.storage)).problems).toEqual([])
      const { findings, report } = await runFsck(store.storage, { deep: true })
      expect(findings).toMatchObject([{ problem: 'blob-corrupt', digest: store.large, size: 50_000, repaired: false }])
      expect(findings[0]?.detail).toMatch(/have digest sha256:[0-9a-f]{64}$/)
      expect(report.damage).toBe(1)
    })

    test('is given up by a repair; its bytes await their deletion in the trash', async () => {
      const key = await damage(seededBytes(50_000, 2))
      expect((await runFsck(store.storage, { deep: true, repair: true })).report.damage).toBe(0)
      expect((await failureOf(repository().blobs.stat(store.large))).code).toBe('BLOB_UNKNOWN')
      const [entry = ''] = await keysOf(bucket, 'gc/trash/')
      expect(entry).toMatch(/\.50000$/)
      expect(JSON.parse(Buffer.from((await bucket.read(entry))?.body ?? '').toString())).toMatchObject({ key })
      const { problems, report } = await runFsck(store.storage, { deep: true, repair: true })
      expect([problems, report.checked.trash]).toEqual([['link-dangling'], 1])
      expect(await bucket.stat(key)).toBeDefined()
    })

    test('in its pointer is found without a deep run, and given up', async () => {
      const small = await pushBlob(repository(), Buffer.from('small'))
      const { header, version } = await pointer(small)
      if (header === undefined) throw new Error('it was pushed')
      await cells().write({ key: pointerKey(small), version, header, payload: Buffer.from('SMALL') })
      const { findings } = await runFsck(store.storage, { repair: true })
      expect(findings).toMatchObject([
        { problem: 'blob-corrupt', digest: small, repaired: true },
        { problem: 'link-dangling', digest: small },
      ])
      expect((await pointer(small)).header).toBeUndefined()
      expect(await keysOf(bucket, 'gc/trash/')).toEqual([])
    })
  })

  describe('bytes that nothing names', () => {
    test('are told, and deleted by a repair', async () => {
      const keys = [dataKey(randomUUID()), dataKey(randomUUID(), '0123456789ab')]
      for (const key of keys) await bucket.write(key, content(Buffer.from('orphan')))
      const told = await runFsck(store.storage)
      expect(told.findings.map(({ key, size, repaired }) => [key, size, repaired])).toEqual(
        keys.toSorted().map((key) => [key, 6, false]),
      )
      expect(told.report.damage).toBe(0)
      await runFsck(store.storage, { repair: true })
      expect(await garbage(bucket)).toEqual([])
      expect((await runFsck(store.storage, { deep: true })).problems).toEqual([])
    })

    test('of the upload of a blob, beside the one that is published, are deleted alone', async () => {
      const { header } = await pointer(store.large)
      const extra = dataKey(header?.x ?? '', 'aaaa')
      await bucket.write(extra, content(Buffer.from('late')))
      const { findings } = await runFsck(store.storage, { repair: true })
      expect(findings.map(({ key }) => key)).toEqual([extra])
      expect((await readBlob(repository(), store.large)).length).toBe(50_000)
    })

    test('do not include those of an upload under way, nor those in the trash', async () => {
      const upload = await repository().uploads.create()
      await upload.append(content(seededBytes(40_000, 3)))
      const trashed = dataKey(randomUUID())
      await bucket.write(trashed, content(Buffer.from('trash')))
      await bucket.put('gc/trash/1', Buffer.from(JSON.stringify({ key: trashed })))
      expect((await runFsck(store.storage, { repair: true })).problems).toEqual([])
      expect(await bucket.stat(trashed)).toBeDefined()
      await upload.append(content(seededBytes(10_000, 4)))
    })

    test('a key that is not ours is told and left', async () => {
      for (const key of ['d/notes.txt', 'd/00/00000000-0000-4000-8000-000000000000']) {
        await bucket.put(key, Buffer.from('x'))
        const { problems, report } = await runFsck(store.storage, { repair: true })
        expect([problems, report.damage]).toEqual([['object-foreign'], 0])
        expect(await bucket.stat(key)).toBeDefined()
        await lose(key)
      }
    })
  })

  describe('cells that lead nowhere', () => {
    test('a tag without its manifest is deleted by a repair', async () => {
      const { digest } = store.image.manifest.descriptor
      await lose(manifestKey('a/b', digest))
      const { findings } = await runFsck(store.storage)
      expect(findings.map(({ problem, tag }) => [problem, tag]).toSorted()).toEqual([
        ['tag-dangling', 'v1'],
        ['tag-dangling', 'v2'],
      ])
      expect((await runFsck(store.storage, { repair: true })).report.damage).toBe(0)
      expect((await cells().read(tagKey('a/b', 'v1'))).header).toBeUndefined()
      expect((await repository('a/b-c').tags.fetch('v1')).digest).toBe(digest)
      expect((await runFsck(store.storage)).problems).toEqual([])
    })

    test('a manifest whose blob or link is gone is told once per blob, and never touched', async () => {
      const [layer, other] = store.image.layers.map(({ descriptor }) => descriptor.digest)
      if (layer === undefined || other === undefined) throw new Error('an image of two layers was made')
      await lose(pointerKey(layer))
      await lose(linkKey('a/b', other))
      const { findings, report } = await runFsck(store.storage, { repair: true })
      const incomplete = findings.filter(({ problem }) => problem === 'manifest-incomplete')
      expect(
        incomplete.map(({ repository, detail }) => [repository, detail.replace(/^.* needs /, '')]).toSorted(),
      ).toEqual(
        [
          ['a/b', `blob ${layer}, which is not there; push it again`],
          ['a/b', `blob ${other}, which a/b may not read; push it again`],
          ['a/b-c', `blob ${layer}, which is not there; push it again`],
        ].toSorted(),
      )
      expect(report.damage).toBe(3)
      expect(report.problems['link-dangling']).toMatchObject({ found: 2, repaired: 0 })
      expect((await repository().tags.fetch('v1')).digest).toBe(store.image.manifest.descriptor.digest)
      for (const name of ['a/b', 'a/b-c']) await pushGraphTo(repository(name), store.image, 'v1')
      expect((await runFsck(store.storage)).problems).toEqual([])
    })

    test('markers that are missing are written again', async () => {
      const lost = ['cat/', 'g/', 'i/', 'j/', 's/']
      const before = new Map<string, readonly string[]>()
      for (const prefix of lost) before.set(prefix, await keysOf(bucket, prefix))
      for (const key of [...before.values()].flat()) await lose(key)
      const all = [...before.values()].flat().length
      const told = await runFsck(store.storage)
      expect([new Set(told.problems), told.problems.length >= all]).toEqual([new Set(['marker-missing']), true])
      expect((await runFsck(store.storage, { repair: true })).report.damage).toBe(0)
      for (const prefix of lost) expect(await keysOf(bucket, prefix)).toEqual(before.get(prefix))
      expect((await runFsck(store.storage)).problems).toEqual([])
    })

    test('a manifest whose bytes are not its digest is told', async () => {
      const key = manifestKey('a/b', store.image.manifest.descriptor.digest)
      const { header, version } = await cells().read<object>(key)
      if (header === undefined) throw new Error('it was pushed')
      await cells().write({ key, version, header, payload: Buffer.from('{}') })
      const { findings } = await runFsck(store.storage, { repair: true })
      expect(findings).toMatchObject([{ problem: 'manifest-corrupt', repository: 'a/b', key, repaired: false }])
      expect((await cells().read(key)).header).toBeDefined()
    })

    test('what is not a cell is told by its key and left alone', async () => {
      const keys = ['b/sha256/short', 'm/a.b/sha256/zz', 't/a.b/junk', 'u/junk', 'gc/trash/junk', 'g/a.b/x']
      for (const key of keys) await bucket.put(key, Buffer.from('[1,2,3] this is not ours at all\n{}'))
      const { findings, report } = await runFsck(store.storage, { repair: true, deep: true })
      expect(findings.map(({ problem, key }) => [problem, key]).toSorted()).toEqual(
        keys.toSorted().map((key) => ['cell-unreadable', key]),
      )
      expect(report.damage).toBe(keys.length)
      for (const key of keys) expect(await bucket.read(key)).toBeDefined()
    })
  })

  test('a manifest that was just written is taken for a push under way', async () => {
    await lose(linkKey('a/b', store.image.layers[0]?.descriptor.digest ?? store.large))
    expect((await runFsck(store.storage, { youngMs: 60_000 })).problems).toEqual([])
    expect((await runFsck(store.storage)).problems).toEqual(['manifest-incomplete'])
  })

  test('an abort ends it with the reason', async () => {
    const controller = new AbortController()
    const run = runFsck(store.storage, { signal: controller.signal, onProgress: () => controller.abort('enough') })
    await expect(run).rejects.toBe('enough')
  })
})

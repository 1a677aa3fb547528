import { describe, expect, test } from '@jest/globals'
import type { Descriptor } from '../descriptor.ts'
import { digestOf } from '../digest.ts'
import { OciError } from '../errors.ts'
import { mediaTypes } from '../media-types.ts'
import { parsePlatform } from '../platform.ts'
import { blob, type Graph, image, imageOf, index, pushAll } from '../testing/graph-fixtures.ts'
import { type CopyEvent, type CopyOptions, copy } from './copy.ts'
import { MemoryStore } from './memory-store.ts'
import type { Mounter, OpenContent, OperationOptions } from './store.ts'

/** A memory store that remembers what was asked of it. */
class RecordingStore extends MemoryStore {
  readonly fetched: string[] = []
  readonly pushed: string[] = []
  transfers = 0
  mostTransfers = 0

  override async fetch(...args: Parameters<MemoryStore['fetch']>) {
    this.fetched.push(args[0].digest)
    return super.fetch(...args)
  }

  override async push(expected: Descriptor, open: OpenContent, options?: OperationOptions): Promise<void> {
    this.mostTransfers = Math.max(this.mostTransfers, ++this.transfers)
    await super.push(expected, open, options)
    this.transfers--
    this.pushed.push(expected.digest)
  }
}

async function prepared(...graphs: readonly Graph[]) {
  const source = new RecordingStore()
  await pushAll(source, ...graphs)
  source.fetched.length = 0
  const target = new RecordingStore()
  const events: CopyEvent[] = []
  const run = (graph: Graph, options: CopyOptions = {}) =>
    copy(source, graph.root.descriptor.digest, target, { onProgress: (event) => events.push(event), ...options })
  return { source, target, events, run }
}

const digestsOf = ({ pieces }: Graph): string[] => [...new Set(pieces.map(({ descriptor }) => descriptor.digest))]

describe('copy', () => {
  test('an image arrives with everything it is made of, the manifest last, and tagged', async () => {
    const graph = image(['base', 'top'])
    const { target, run } = await prepared(graph)
    const copied = await run(graph, { tag: 'v1' })
    expect(copied).toEqual(graph.root.descriptor)
    expect(target.pushed.toSorted()).toEqual(digestsOf(graph).toSorted())
    expect(target.pushed.at(-1)).toBe(graph.root.descriptor.digest)
    expect((await target.resolve('v1')).digest).toBe(graph.root.descriptor.digest)
  })

  test('a tag of the source is a reference too, and without a tag the copy has none', async () => {
    const graph = image(['base'])
    const { source, target } = await prepared(graph)
    await source.tag(graph.root.descriptor, 'latest')
    expect((await copy(source, 'latest', target)).digest).toBe(graph.root.descriptor.digest)
    await expect(target.resolve('latest')).rejects.toMatchObject({ code: 'MANIFEST_UNKNOWN' })
  })

  test('an index arrives with all its manifests, children before parents, shared blobs once', async () => {
    const nested = index([image(['base', 'c'])])
    const graph = index([image(['base', 'a']), image(['base', 'b']), nested])
    const { source, target, run } = await prepared(graph)
    await run(graph)
    expect(target.pushed.toSorted()).toEqual(digestsOf(graph).toSorted())
    expect(source.fetched.filter((digest) => digest === digestOf('base'))).toHaveLength(1)
    for (const { root, pieces } of [graph, nested]) {
      const parent = target.pushed.indexOf(root.descriptor.digest)
      for (const { descriptor } of pieces) {
        expect(target.pushed.indexOf(descriptor.digest)).toBeLessThanOrEqual(parent)
      }
    }
  })

  test('a second copy fetches nothing below an image manifest that is there', async () => {
    const graph = image(['base', 'top'])
    const { source, target, events, run } = await prepared(graph)
    await run(graph)
    source.fetched.length = 0
    target.pushed.length = 0
    events.length = 0
    await run(graph)
    expect([source.fetched, target.pushed]).toEqual([[], []])
    expect(events).toEqual([{ kind: 'exists', descriptor: graph.root.descriptor }])
  })

  test('what a target has lost below a manifest that it has is sent when it refuses to tag that', async () => {
    const graph = image(['base', 'top'])
    const { target, events, run } = await prepared(graph)
    await run(graph)
    const [lost] = graph.pieces
    if (lost === undefined) throw new Error('an image of two layers was made')
    await target.delete(lost.descriptor)
    target.pushed.length = 0
    const tag = target.tag.bind(target)
    target.tag = async (...args) => {
      if (!(await target.exists(lost.descriptor))) throw new OciError('MANIFEST_BLOB_UNKNOWN')
      await tag(...args)
    }
    await run(graph, { tag: 'v1' })
    expect(target.pushed).toEqual([lost.descriptor.digest])
    expect((await target.resolve('v1')).digest).toBe(graph.root.descriptor.digest)
    expect(events).toContainEqual({ kind: 'done', descriptor: lost.descriptor })
  })

  test('a target that goes on to refuse is asked twice, and not for ever', async () => {
    const graph = image(['base'])
    const { target, run } = await prepared(graph)
    let asked = 0
    target.tag = async () => {
      asked++
      throw new OciError('MANIFEST_BLOB_UNKNOWN')
    }
    await expect(run(graph, { tag: 'v1' })).rejects.toMatchObject({ code: 'MANIFEST_BLOB_UNKNOWN', origin: 'target' })
    expect(asked).toBe(2)
  })

  test('only what is missing is sent, also below an index that is there', async () => {
    const [one, two] = [image(['base', 'a']), image(['base', 'b'])]
    const graph = index([one, two])
    const { target, run } = await prepared(graph)
    await pushAll(target, one, { root: graph.root, pieces: [graph.root] })
    target.pushed.length = 0
    await run(graph)
    const missing = digestsOf(two).filter((digest) => digest !== digestOf('base'))
    expect(target.pushed.toSorted()).toEqual(missing.toSorted())
  })

  test('events tell the life of each piece', async () => {
    const graph = image(['0123456789'])
    const { target, events, run } = await prepared(graph)
    const config = graph.pieces[0]?.descriptor
    await target.push(config as Descriptor, async () =>
      (async function* () {
        yield graph.pieces[0]?.bytes as Uint8Array
      })(),
    )
    await run(graph)
    const layer = events.filter(({ descriptor }) => descriptor.digest === digestOf('0123456789'))
    expect(layer.map(({ kind, bytes }) => [kind, bytes])).toEqual([
      ['start', undefined],
      ['progress', 10],
      ['done', undefined],
    ])
    expect(events.filter(({ descriptor }) => descriptor.digest === config?.digest).map(({ kind }) => kind)).toEqual([
      'exists',
    ])
    expect(events.at(-1)).toEqual({ kind: 'done', descriptor: graph.root.descriptor })
  })

  test.each([1, 3])('with concurrency %i so many transfers run at most', async (concurrency) => {
    const graph = index([image(['a', 'b', 'c', 'd']), image(['e', 'f', 'g', 'h'])])
    const { target, run } = await prepared(graph)
    await run(graph, { concurrency })
    expect(target.mostTransfers).toBe(concurrency)
  })

  test('with a platform only its manifest is copied, and its descriptor returned', async () => {
    const [amd64, arm64] = [image(['amd64']), image(['arm64'])]
    const graph = index([
      [amd64, 'linux/amd64'],
      [arm64, 'linux/arm64'],
    ])
    const { target, run } = await prepared(graph)
    const copied = await run(graph, { platform: parsePlatform('linux/arm64'), tag: 'v1' })
    expect(copied.digest).toBe(arm64.root.descriptor.digest)
    expect((await target.resolve('v1')).digest).toBe(arm64.root.descriptor.digest)
    expect(target.pushed.toSorted()).toEqual(digestsOf(arm64).toSorted())
  })

  test('blobs are mounted where the target can, and sent where it would not', async () => {
    const graph = image(['mountable', 'other'])
    const { source, events } = await prepared(graph)
    const asked: string[] = []
    class MountingStore extends RecordingStore implements Mounter {
      async mount({ digest, mediaType, size }: Descriptor, from: string): Promise<boolean> {
        asked.push(from)
        if (digest !== digestOf('mountable')) return false
        await super.push({ digest, mediaType, size }, async () =>
          (async function* () {
            yield Buffer.from('mountable')
          })(),
        )
        return true
      }
    }
    const target = new MountingStore()
    await copy(source, graph.root.descriptor.digest, target, {
      mountFrom: 'library/base',
      onProgress: (event) => events.push(event),
    })
    expect(asked).toEqual(['library/base', 'library/base', 'library/base'])
    expect(source.fetched).not.toContain(digestOf('mountable'))
    expect(source.fetched).toContain(digestOf('other'))
    expect(events.filter(({ kind }) => kind === 'mounted')).toMatchObject([
      { descriptor: { digest: digestOf('mountable') }, from: 'library/base' },
    ])
  })

  test('each blob is mounted from a repository of its own, or from none', async () => {
    const graph = image(['a', 'b', 'c'])
    const { source } = await prepared(graph)
    const asked = new Map<string, string>()
    const target = Object.assign(new MemoryStore(), {
      mount: async ({ digest }: Descriptor, from: string) => {
        asked.set(digest, from)
        return false
      },
    })
    const repositories = new Map<string, string>([
      [digestOf('a'), 'team/a'],
      [digestOf('b'), 'team/b'],
    ])
    await copy(source, graph.root.descriptor.digest, target, { mountFrom: ({ digest }) => repositories.get(digest) })
    expect(asked).toEqual(repositories)
  })

  test('without mountFrom nothing is mounted', async () => {
    const graph = image(['a'])
    const { source } = await prepared(graph)
    const target = Object.assign(new MemoryStore(), { mount: () => Promise.reject(new Error('mounted')) })
    await expect(copy(source, graph.root.descriptor.digest, target)).resolves.toBeDefined()
  })

  test('a non-distributable layer that the source lacks is left out, one that it has is copied', async () => {
    const foreign = (text: string) => blob(text, mediaTypes.dockerForeignLayerGzip)
    const withUrls = blob('elsewhere')
    const graph = imageOf([
      foreign('absent'),
      foreign('present'),
      { ...withUrls, descriptor: { ...withUrls.descriptor, urls: ['https://example.com/layer'] } },
    ])
    const lacking = [digestOf('absent'), digestOf('elsewhere')] as string[]
    const pieces = graph.pieces.filter(({ descriptor }) => !lacking.includes(descriptor.digest))
    const { target, events, run } = await prepared({ root: graph.root, pieces })
    await run(graph)
    expect(target.pushed).toContain(digestOf('present'))
    const skipped = events.filter(({ kind }) => kind === 'skipped').map(({ descriptor }) => descriptor.digest)
    expect(skipped.toSorted()).toEqual(lacking.toSorted())
  })

  test('an empty layer list and the same layer twice are copied', async () => {
    const graph = index([imageOf([]), image(['twice', 'twice'])])
    const { target, run } = await prepared(graph)
    await run(graph)
    expect(target.pushed.toSorted()).toEqual(digestsOf(graph).toSorted())
  })
})

describe('copy of sparse indexes', () => {
  const [here, gone] = [image(['here']), image(['gone'])]
  const graph = index([here, gone])
  const stored: Graph = { root: graph.root, pieces: [...here.pieces, graph.root] }

  test('a manifest that the source lacks fails the copy', async () => {
    const { run } = await prepared(stored)
    await expect(run(graph)).rejects.toMatchObject({ code: 'MANIFEST_UNKNOWN', origin: 'source' })
  })

  test('with sparse it is left out', async () => {
    const { target, events, run } = await prepared(stored)
    await run(graph, { sparse: true })
    expect(target.pushed.at(-1)).toBe(graph.root.descriptor.digest)
    expect(events.filter(({ kind }) => kind === 'skipped').map(({ descriptor }) => descriptor)).toEqual([
      gone.root.descriptor,
    ])
  })

  test('with sparse a root that the source resolves but does not hold still fails', async () => {
    const { source, target, run } = await prepared(graph)
    source.resolve = async () => graph.root.descriptor
    await source.delete(graph.root.descriptor)
    await expect(run(graph, { sparse: true })).rejects.toMatchObject({ code: 'MANIFEST_UNKNOWN', origin: 'source' })
    expect(target.pushed).toEqual([])
  })

  test('an index inside that only the target holds is there', async () => {
    const inner = index([here])
    const outer = index([inner])
    const { target, events, run } = await prepared({ root: outer.root, pieces: [outer.root] })
    await pushAll(target, inner)
    await run(outer)
    expect(events[0]).toEqual({ kind: 'exists', descriptor: inner.root.descriptor })
    expect(await target.exists(outer.root.descriptor)).toBe(true)
  })

  test('with sparse a root that the source lacks still fails', async () => {
    const { source, target } = await prepared()
    await expect(copy(source, digestOf('nothing'), target, { sparse: true })).rejects.toMatchObject({
      code: 'MANIFEST_UNKNOWN',
      origin: 'source',
      descriptor: undefined,
    })
  })
})

describe('copy of referrers', () => {
  const subject = image(['subject'])
  const about = (graph: Graph, text: string) =>
    image([text], { subject: graph.root.descriptor, artifactType: 'test/x' })

  test('those of every copied manifest and of one another come along', async () => {
    const all = index([subject, image(['other'])])
    const signature = about(subject, 'signature')
    const countersignature = about(signature, 'countersignature')
    const sbom = about(all, 'sbom')
    const { target, run } = await prepared(all, signature, countersignature, sbom)
    await run(all, { includeReferrers: true })
    for (const { root } of [signature, countersignature, sbom]) {
      expect(target.pushed).toContain(root.descriptor.digest)
    }
  })

  test('they stay behind by default', async () => {
    const signature = about(subject, 'signature')
    const { target, run } = await prepared(subject, signature)
    await run(subject)
    expect(target.pushed).not.toContain(signature.root.descriptor.digest)
  })

  test('a referrer that holds the index of its own subject does not lock the walk', async () => {
    const holder = index([subject])
    const referrer = index([holder], { subject: subject.root.descriptor, artifactType: 'test/x' })
    const { target, run } = await prepared(referrer)
    await run(holder, { includeReferrers: true })
    expect(target.pushed).toContain(referrer.root.descriptor.digest)
  })

  test('referrers of an image that was there already are copied', async () => {
    const signature = about(subject, 'signature')
    const { target, run } = await prepared(subject, signature)
    await pushAll(target, subject)
    await run(subject, { includeReferrers: true })
    expect(target.pushed).toContain(signature.root.descriptor.digest)
  })

  test('a source that cannot list them is UNSUPPORTED', async () => {
    const { source, target } = await prepared(subject)
    const plain = {
      fetch: source.fetch.bind(source),
      exists: source.exists.bind(source),
      resolve: source.resolve.bind(source),
    }
    await expect(copy(plain, subject.root.descriptor.digest, target, { includeReferrers: true })).rejects.toMatchObject(
      { code: 'UNSUPPORTED', origin: 'source' },
    )
  })
})

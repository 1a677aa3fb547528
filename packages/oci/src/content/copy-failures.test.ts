import { Readable } from 'node:stream'
import { describe, expect, test } from '@jest/globals'
import type { Descriptor } from '../descriptor.ts'
import { digestOf } from '../digest.ts'
import { OciError } from '../errors.ts'
import { mediaTypes } from '../media-types.ts'
import { blob, chunksOf, type Graph, image, imageOf, index, pushAll } from '../testing/graph-fixtures.ts'
import { copy } from './copy.ts'
import { CopyError } from './copy-error.ts'
import { MemoryStore } from './memory-store.ts'
import type { FetchOptions, OpenContent, OperationOptions } from './store.ts'

type Fetch = (target: Descriptor, options: FetchOptions) => Promise<Readable> | undefined
type Push = (expected: Descriptor, open: OpenContent, options: OperationOptions) => Promise<void> | undefined

/** A memory store whose methods can be replaced for some content: undefined stands for the ordinary method. */
class FaultyStore extends MemoryStore {
  onFetch: Fetch = () => undefined
  onPush: Push = () => undefined

  override async fetch(target: Descriptor, options: FetchOptions = {}): Promise<Readable> {
    return this.onFetch(target, options) ?? super.fetch(target, options)
  }

  override async push(expected: Descriptor, open: OpenContent, options: OperationOptions = {}): Promise<void> {
    return this.onPush(expected, open, options) ?? super.push(expected, open, options)
  }
}

async function prepared(graph: Graph) {
  const source = new FaultyStore()
  await pushAll(source, graph)
  const target = new FaultyStore()
  const { digest } = graph.root.descriptor
  const failure = async (signal?: AbortSignal): Promise<CopyError> => {
    const error = await copy(source, digest, target, { tag: 'v1', signal }).then(
      () => new Error('the copy succeeded'),
      (error) => error,
    )
    if (!(error instanceof CopyError)) throw error
    return error
  }
  return { source, target, digest, failure }
}

const isBlob = (text: string) => (descriptor: Descriptor) => descriptor.digest === digestOf(text)

describe('a copy that fails', () => {
  const graph = image(['base', 'broken'])
  const isBroken = isBlob('broken')

  test('names the source, the content and the cause when a blob cannot be fetched', async () => {
    const { source, target, failure } = await prepared(graph)
    const cause = new OciError('BLOB_UNKNOWN', 'no such blob', { detail: { a: 1 } })
    source.onFetch = (descriptor) => (isBroken(descriptor) ? Promise.reject(cause) : undefined)
    const error = await failure()
    expect(error).toMatchObject({ name: 'CopyError', code: 'BLOB_UNKNOWN', origin: 'source', detail: { a: 1 } })
    expect(error.cause).toBe(cause)
    expect(error.descriptor?.digest).toBe(digestOf('broken'))
    expect(error.message).toBe(`copy of ${digestOf('broken')} failed at the source: no such blob`)
    expect(error).toBeInstanceOf(OciError)
    expect(await target.exists(graph.root.descriptor)).toBe(false)
    await expect(target.resolve('v1')).rejects.toMatchObject({ code: 'MANIFEST_UNKNOWN' })
  })

  test('names the source when its stream breaks in the middle', async () => {
    const { source, failure } = await prepared(graph)
    async function* broken() {
      yield Buffer.from('bro')
      throw new Error('the wire was cut')
    }
    source.onFetch = (descriptor) => (isBroken(descriptor) ? Promise.resolve(Readable.from(broken())) : undefined)
    expect(await failure()).toMatchObject({ code: 'UNKNOWN', origin: 'source' })
  })

  test.each([
    ['other bytes', 'BROKEN', 'DIGEST_INVALID'],
    ['fewer bytes', 'brok', 'SIZE_INVALID'],
    ['more bytes', 'broken and more', 'SIZE_INVALID'],
  ])('names the source when it gives %s than it described', async (_what, text, code) => {
    const { source, target, failure } = await prepared(graph)
    source.onFetch = (descriptor) =>
      isBroken(descriptor) ? Promise.resolve(Readable.from(chunksOf(Buffer.from(text)))) : undefined
    expect(await failure()).toMatchObject({ code, origin: 'source' })
    expect(await target.exists(blob('broken').descriptor)).toBe(false)
  })

  test('names the target when it refuses content', async () => {
    const { target, failure } = await prepared(graph)
    target.onPush = (descriptor) =>
      isBroken(descriptor) ? Promise.reject(new OciError('STORAGE_FULL', 'disk full')) : undefined
    expect(await failure()).toMatchObject({ code: 'STORAGE_FULL', origin: 'target' })
  })

  test('names the target when the content is too large for it', async () => {
    const { target, failure } = await prepared(graph)
    const cause = new OciError('SIZE_INVALID', 'too large', { detail: { status: 413 } })
    target.onPush = (descriptor) => (isBroken(descriptor) ? Promise.reject(cause) : undefined)
    expect(await failure()).toMatchObject({ code: 'SIZE_INVALID', origin: 'target' })
  })

  test('names the target when it breaks off by throwing into the content', async () => {
    const { target, failure } = await prepared(graph)
    target.onPush = (descriptor, open) =>
      isBroken(descriptor)
        ? (async () => {
            const content = Readable.from(await open({}))
            content.on('error', () => {})
            await new Promise((resolve) => content.once('readable', resolve))
            const full = new OciError('STORAGE_FULL')
            content.destroy(full)
            await new Promise((resolve) => content.once('close', resolve))
            throw full
          })()
        : undefined
    expect(await failure()).toMatchObject({ code: 'STORAGE_FULL', origin: 'target' })
  })

  test('names the target when tagging fails, with everything copied', async () => {
    const { target, failure } = await prepared(graph)
    target.tag = () => Promise.reject(new OciError('DENIED'))
    expect(await failure()).toMatchObject({ code: 'DENIED', origin: 'target', descriptor: graph.root.descriptor })
    expect(await target.exists(graph.root.descriptor)).toBe(true)
  })

  test('a target that opens the content again after a broken stream succeeds', async () => {
    const { source, target, digest } = await prepared(graph)
    const offsets: (number | undefined)[] = []
    source.onFetch = (descriptor, { offset }) => {
      if (!isBroken(descriptor)) return undefined
      offsets.push(offset)
      if (offsets.length > 1) return undefined
      return Promise.resolve(Readable.from(cutAfterFour()))
    }
    target.onPush = (descriptor, open, options) =>
      isBroken(descriptor)
        ? MemoryStore.prototype.push.call(target, descriptor, async () => resuming(open), options)
        : undefined
    await copy(source, digest, target)
    expect(offsets).toEqual([0, 4])
    expect(await target.exists(graph.root.descriptor)).toBe(true)
  })

  test('names the target when it fails after a broken stream of the source was opened again', async () => {
    const { source, target, failure } = await prepared(graph)
    let opened = 0
    source.onFetch = (descriptor) =>
      isBroken(descriptor) && opened++ === 0 ? Promise.resolve(Readable.from(cutAfterFour())) : undefined
    target.onPush = (descriptor, open) => (isBroken(descriptor) ? drainThenFail(open) : undefined)
    const drainThenFail = async (open: OpenContent): Promise<void> => {
      for await (const _chunk of resuming(open));
      throw new OciError('STORAGE_FULL')
    }
    expect(await failure()).toMatchObject({ code: 'STORAGE_FULL', origin: 'target' })
    expect(opened).toBe(2)
  })

  test('a source without end is stopped at the size described, also for a target that would read on', async () => {
    const { source, target, failure } = await prepared(graph)
    let given = 0
    async function* endless() {
      for (;;) {
        given += 6
        yield Buffer.from('broken')
      }
    }
    source.onFetch = (descriptor) =>
      isBroken(descriptor) ? Promise.resolve(Readable.from(endless(), { highWaterMark: 1 })) : undefined
    target.onPush = (descriptor, open) =>
      isBroken(descriptor)
        ? (async () => {
            for await (const _chunk of await open({})) if (given > 600) throw new Error('read on')
          })()
        : undefined
    expect(await failure()).toMatchObject({ code: 'SIZE_INVALID', origin: 'source' })
  })

  test('a target that stops reading closes the stream of the source', async () => {
    const { source, target, failure } = await prepared(graph)
    const stream = Readable.from(chunksOf(Buffer.from('broken'), 1))
    source.onFetch = (descriptor) => (isBroken(descriptor) ? Promise.resolve(stream) : undefined)
    target.onPush = (descriptor, open) =>
      isBroken(descriptor)
        ? (async () => {
            for await (const _chunk of await open({})) throw new OciError('STORAGE_FULL')
          })()
        : undefined
    expect(await failure()).toMatchObject({ code: 'STORAGE_FULL', origin: 'target' })
    expect(stream.destroyed).toBe(true)
  })

  test('the first failure aborts the other transfers, and is the one that is thrown', async () => {
    const { source, target, failure } = await prepared(graph)
    const reasons: unknown[] = []
    const slowBegan = Promise.withResolvers<void>()
    source.onFetch = (descriptor, { signal }) => {
      if (isBroken(descriptor)) return slowBegan.promise.then(() => Promise.reject(new OciError('UNAVAILABLE')))
      if (!isBlob('base')(descriptor)) return undefined
      slowBegan.resolve()
      return new Promise((_resolve, reject) => {
        signal?.addEventListener('abort', () => {
          reasons.push(signal.reason)
          reject(signal.reason)
        })
      })
    }
    const error = await failure()
    expect(error).toMatchObject({ code: 'UNAVAILABLE', origin: 'source' })
    expect(reasons).toEqual([error])
    expect(await target.exists(graph.root.descriptor)).toBe(false)
  })

  test('the signal of the caller ends it with its own reason', async () => {
    const { source, failure } = await prepared(graph)
    const controller = new AbortController()
    source.onFetch = (descriptor, { signal }) => {
      if (!isBroken(descriptor)) return undefined
      queueMicrotask(() => controller.abort(new Error('the user pressed Ctrl-C')))
      return new Promise((_resolve, reject) => {
        signal?.addEventListener('abort', () => reject(signal.reason))
      })
    }
    await expect(failure(controller.signal)).rejects.toThrow('the user pressed Ctrl-C')
  })

  test('a signal that was aborted before is not even tried', async () => {
    const { source, failure } = await prepared(graph)
    source.onFetch = () => Promise.reject(new Error('asked'))
    await expect(failure(AbortSignal.abort(new Error('never mind')))).rejects.toThrow('never mind')
  })
})

describe('a source that cannot be trusted', () => {
  test('a manifest of schema 1 is refused with advice', async () => {
    const { source, failure } = await prepared(image(['a']))
    const old = { ...blob('{"schemaVersion":1}').descriptor, mediaType: mediaTypes.dockerSchema1Signed }
    source.resolve = async () => old
    expect(await failure()).toMatchObject({
      code: 'MANIFEST_INVALID',
      origin: 'source',
      message: expect.stringContaining('schema 1 are not supported'),
    })
  })

  test('a manifest that is not the one described is refused', async () => {
    const { source, target, failure } = await prepared(image(['a']))
    const other = image(['b']).root
    source.onFetch = ({ mediaType }) =>
      mediaType === mediaTypes.ociManifest ? Promise.resolve(Readable.from([other.bytes])) : undefined
    expect(await failure()).toMatchObject({ origin: 'source', code: 'DIGEST_INVALID' })
    expect(await target.exists(blob('b').descriptor)).toBe(false)
  })

  test('indexes nested deeper than the limit are refused', async () => {
    let graph: Graph = image(['a'])
    for (let level = 0; level < 10; level++) graph = index([graph])
    const { failure } = await prepared(graph)
    expect(await failure()).toMatchObject({ code: 'MANIFEST_INVALID', origin: 'source' })
  })

  test('an index of 3,000 entries that are all the same one is walked once', async () => {
    const one = imageOf([])
    const graph = index(Array.from({ length: 3_000 }, () => one))
    const { source, target, digest } = await prepared({ root: graph.root, pieces: [...one.pieces, graph.root] })
    let fetches = 0
    source.onFetch = () => {
      fetches++
      return undefined
    }
    await copy(source, digest, target)
    expect(fetches).toBe(3)
  })

  test('a manifest larger than the limit is refused before it is fetched', async () => {
    const { source, failure } = await prepared(image(['a']))
    source.resolve = async () => ({ ...image(['a']).root.descriptor, size: 2 ** 40 })
    source.onFetch = () => Promise.reject(new Error('asked'))
    expect(await failure()).toMatchObject({ code: 'MANIFEST_TOO_LARGE', origin: 'source' })
  })
})

async function* cutAfterFour(): AsyncGenerator<Uint8Array, void, undefined> {
  yield Buffer.from('brok')
  throw new Error('the wire was cut')
}

/** Reads the content, and opens it again at the byte where it broke. */
async function* resuming(open: OpenContent): AsyncGenerator<Uint8Array, void, undefined> {
  let offset = 0
  try {
    for await (const chunk of await open({ offset })) {
      offset += chunk.byteLength
      yield chunk
    }
  } catch {
    yield* await open({ offset })
  }
}

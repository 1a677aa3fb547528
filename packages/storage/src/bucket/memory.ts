/**
 * A bucket in memory: for tests and for trying things out. Nothing survives the process.
 * @module
 */
import { randomUUID } from 'node:crypto'
import { Readable } from 'node:stream'
import { OciError } from '@tsreg/oci'
import type { OperationOptions } from '@tsreg/oci/content'
import { abortable } from './abortable.ts'
import type { Bucket, CellWrite, ETag, ListEntry, ListOptions, WriteCondition, WriteOutcome } from './bucket.ts'
import {
  cellTooLarge,
  checkCondition,
  checkMetadata,
  checkRange,
  checkSize,
  checkWrite,
  listLimit,
  maxCellBytes,
  objectUnknown,
} from './check-arguments.ts'
import { checkKey } from './keys.ts'
import { memoryMultiparts } from './memory-multipart.ts'
import { sortedKeys } from './sorted-keys.ts'

export interface MemoryBucketOptions {
  /** Size of a multipart part in bytes. @default 1048576 */
  readonly partSize?: number
  /** False: DELETE with `ifMatch` is refused, as by stores that lack it. @default true */
  readonly conditionalDelete?: boolean
  /** Clock of `modifiedMs`. @default Date.now */
  readonly now?: () => number
}

interface StoredObject {
  readonly body: Uint8Array
  readonly etag: ETag
  readonly modifiedMs: number
  readonly metadata: Readonly<Record<string, string>>
}

/** Streams leave in pieces, as from any other store. */
const chunkBytes = 256 * 1024

/** An empty bucket. */
export function memoryBucket(options: MemoryBucketOptions = {}): Bucket {
  const { partSize = 1024 * 1024, conditionalDelete = true, now = Date.now } = options
  const objects = new Map<string, StoredObject>()
  const keys = sortedKeys()

  function holds(key: string, { ifAbsent, ifMatch }: WriteCondition): boolean {
    const current = objects.get(key)
    if (ifAbsent === true) return current === undefined
    return ifMatch === undefined || current?.etag === ifMatch
  }

  function store(key: string, body: Uint8Array, condition: WriteCondition, metadata = {}): WriteOutcome {
    if (!holds(key, condition)) return { ok: false }
    const etag = randomUUID() as ETag
    if (!objects.has(key)) keys.add(key)
    objects.set(key, { body, etag, modifiedMs: now(), metadata })
    return { ok: true, etag }
  }

  function remove(key: string, condition: WriteCondition): WriteOutcome {
    if (condition.ifMatch !== undefined && !conditionalDelete) {
      throw new OciError('UNSUPPORTED', `${key}: this bucket has no conditional delete`, { detail: { key } })
    }
    if (!holds(key, condition)) return { ok: false }
    if (objects.delete(key)) keys.delete(key)
    return { ok: true, etag: randomUUID() as ETag }
  }

  function apply({ key, body, ...condition }: CellWrite): WriteOutcome {
    checkWrite(key, body, condition)
    return body === undefined ? remove(key, condition) : store(key, Uint8Array.from(body), condition)
  }

  const multiparts = memoryMultiparts(partSize, store)

  return {
    capabilities: { cas: true, conditionalDelete },

    async read(key, { signal }: OperationOptions = {}) {
      signal?.throwIfAborted()
      checkKey(key)
      const found = objects.get(key)
      if (found === undefined) return undefined
      if (found.body.byteLength > maxCellBytes) throw cellTooLarge(key, found.body.byteLength)
      const { body, etag, modifiedMs } = found
      return { body, etag, modifiedMs }
    },

    async put(key, body, { signal, ...condition } = {}) {
      signal?.throwIfAborted()
      return apply({ key, body, ...condition })
    },

    async batch(writes, { signal } = {}) {
      signal?.throwIfAborted()
      for (const { key, body, ...condition } of writes) checkWrite(key, body, condition)
      return writes.map(apply)
    },

    async list(options: ListOptions): Promise<readonly ListEntry[]> {
      options.signal?.throwIfAborted()
      return keys.page(options.prefix, options.startAfter, listLimit(options)).flatMap((key) => {
        const found = objects.get(key)
        if (found === undefined) return []
        return { key, size: found.body.byteLength, etag: found.etag, modifiedMs: found.modifiedMs }
      })
    },

    async delete(key, { signal, ...condition } = {}) {
      signal?.throwIfAborted()
      checkWrite(key, undefined, condition)
      return { ok: remove(key, condition).ok }
    },

    async stat(key, { signal } = {}) {
      signal?.throwIfAborted()
      checkKey(key)
      const found = objects.get(key)
      if (found === undefined) return undefined
      const { body, etag, modifiedMs, metadata } = found
      return { size: body.byteLength, etag, modifiedMs, metadata }
    },

    async get(key, { signal, range } = {}) {
      signal?.throwIfAborted()
      checkKey(key)
      const body = objects.get(key)?.body
      if (body === undefined) throw objectUnknown(key)
      if (range !== undefined) checkRange(key, range, body.byteLength)
      const wanted = range === undefined ? body : body.subarray(range.start, range.end + 1)
      return Readable.from(pieces(wanted), signal === undefined ? {} : { signal })
    },

    async write(key, content, { signal, size, metadata = {}, ...condition } = {}) {
      signal?.throwIfAborted()
      checkKey(key)
      checkCondition(condition)
      checkMetadata(metadata)
      const chunks: Uint8Array[] = []
      let received = 0
      for await (const chunk of abortable(content, signal)) {
        received += chunk.byteLength
        if (size !== undefined && received > size) checkSize(key, size, received)
        chunks.push(Uint8Array.from(chunk))
      }
      signal?.throwIfAborted()
      checkSize(key, size, received)
      return store(key, new Uint8Array(Buffer.concat(chunks)), condition, { ...metadata })
    },

    async startMultipart(key, { signal } = {}) {
      signal?.throwIfAborted()
      checkKey(key)
      return multiparts.start(key)
    },

    openMultipart(key, id) {
      checkKey(key)
      return multiparts.open(key, id)
    },

    async ping({ signal } = {}) {
      signal?.throwIfAborted()
    },

    async close() {},
  }
}

function* pieces(body: Uint8Array): Generator<Uint8Array> {
  for (let at = 0; at < body.byteLength; at += chunkBytes) yield body.subarray(at, at + chunkBytes)
}

/**
 * Multipart uploads of the memory bucket.
 * @module
 */
import { randomUUID } from 'node:crypto'
import type { ETag, MultipartUpload, Part, WriteCondition, WriteOutcome } from './bucket.ts'
import { checkCondition, checkMetadata, preconditionFailed, uploadUnknown } from './check-arguments.ts'
import { checkPart, checkParts } from './check-parts.ts'

type Metadata = Readonly<Record<string, string>>
type Store = (key: string, body: Uint8Array, condition: WriteCondition, metadata: Metadata) => WriteOutcome

interface StoredPart {
  readonly body: Uint8Array
  readonly etag: ETag
}

export interface MemoryMultiparts {
  start(key: string): MultipartUpload
  open(key: string, id: string): MultipartUpload
}

/** @param store makes the completed object visible. */
export function memoryMultiparts(partSize: number, store: Store): MemoryMultiparts {
  const uploads = new Map<string, Map<number, StoredPart>>()

  function partsOf(key: string, id: string): Map<number, StoredPart> {
    const parts = uploads.get(`${id} ${key}`)
    if (parts === undefined) throw uploadUnknown(key, id)
    return parts
  }

  function open(key: string, id: string): MultipartUpload {
    return {
      id,
      partSize,
      async part(number, content, { signal } = {}) {
        signal?.throwIfAborted()
        const size = checkPart(key, number, content, partSize)
        const etag = randomUUID() as ETag
        partsOf(key, id).set(number, { body: Buffer.concat(content), etag })
        return { number, size, etag }
      },
      async flush({ signal } = {}) {
        signal?.throwIfAborted()
        partsOf(key, id)
      },
      async complete(parts, { signal, metadata = {}, ...condition } = {}) {
        signal?.throwIfAborted()
        checkCondition(condition)
        checkMetadata(metadata)
        const stored = partsOf(key, id)
        checkParts(key, parts, partSize)
        const bodies = parts.map((part) => matchingBody(key, part, stored))
        const outcome = store(key, new Uint8Array(Buffer.concat(bodies)), condition, { ...metadata })
        if (!outcome.ok) throw preconditionFailed(key, 'the condition of complete does not hold')
        uploads.delete(`${id} ${key}`)
        return outcome.etag
      },
      async abort({ signal } = {}) {
        signal?.throwIfAborted()
        uploads.delete(`${id} ${key}`)
      },
    }
  }

  return {
    open,
    start(key) {
      const id = randomUUID()
      uploads.set(`${id} ${key}`, new Map())
      return open(key, id)
    },
  }
}

function matchingBody(key: string, { number, size, etag }: Part, stored: ReadonlyMap<number, StoredPart>): Uint8Array {
  const found = stored.get(number)
  if (found?.etag === etag && found.body.byteLength === size) return found.body
  throw preconditionFailed(
    key,
    `part ${number} is not the one recorded: expected ${etag}, found ${found?.etag ?? 'none'}`,
  )
}

/**
 * Every request the double was sent, in order, with what became of it.
 * @module
 */
import type { S3Call, S3Operation } from './call.ts'

export interface S3Request {
  readonly operation: S3Operation
  readonly method: string
  readonly bucket: string
  readonly key: string
  readonly query: Readonly<Record<string, string>>
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>
  /** Bytes of the body that arrived. */
  bodyBytes: number
  /** Of the reply; undefined while there is none, and for a reset or an aborted request. */
  status: number | undefined
}

export interface RequestLog {
  readonly requests: S3Request[]
  add(call: S3Call): S3Request
  /** How many requests of each operation there were. */
  counts(): Readonly<Partial<Record<S3Operation, number>>>
  /** The most requests that were being answered at once. */
  peak(): number
  end(): void
  clear(): void
}

export function createLog(): RequestLog {
  const requests: S3Request[] = []
  let running = 0
  let peak = 0
  return {
    requests,
    add({ operation, method, bucket, key, query, headers }) {
      const request = {
        ...{ operation, method, bucket, key, headers, query: Object.fromEntries(query) },
        ...{ bodyBytes: 0, status: undefined },
      }
      requests.push(request)
      running += 1
      peak = Math.max(peak, running)
      return request
    },
    counts() {
      const counts: Partial<Record<S3Operation, number>> = {}
      for (const { operation } of requests) counts[operation] = (counts[operation] ?? 0) + 1
      return counts
    },
    peak: () => peak,
    end() {
      running -= 1
    },
    clear() {
      requests.length = 0
      peak = running
    },
  }
}

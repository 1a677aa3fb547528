/**
 * The registry as it is, on a store that writes down every request it gets: what an operation costs is counted, never
 * assumed.
 * @module
 */

import { createHash } from 'node:crypto'
import { startRegistry } from '@tsreg/registry'
import { openStorage } from '@tsreg/storage'
import { openBucket } from '@tsreg/storage/bucket'
import { type S3Double, startS3Double } from '@tsreg/storage/testing/s3-double'
import { type Answer, type ExchangeOptions, exchange } from '../harness/exchange.ts'
import { classOf, noRequests, type Tally } from './tally.ts'

/** Requests of one operation, in all and by the first element of their keys. */
export interface Cost {
  readonly total: Tally
  readonly byPrefix: Readonly<Record<string, Tally>>
}

export interface MeasuredRegistry extends AsyncDisposable {
  /** One request as a client sends it; redirects are not followed. @throws Error for a status of 400 or more, but 404 */
  ask(method: string, path: string, options?: Pick<ExchangeOptions, 'headers' | 'body'>): Promise<Answer>
  /** What the store was asked for while `work` ran. */
  count(work: () => Promise<unknown>): Promise<Cost>
  /** Forgets everything that the replica remembers: the next operation is the first one of a new replica. */
  restart(): Promise<void>
}

export async function measuredRegistry(): Promise<MeasuredRegistry> {
  const store = await startS3Double()
  let replica = await startReplica(store)
  return {
    async ask(method, path, options = {}) {
      const answer = await exchange({ method, url: new URL(path, replica.url).href, ...options })
      if (answer.status >= 400 && answer.status !== 404) throw new Error(`${method} ${path}: ${answer.status}`)
      return answer
    },
    async count(work) {
      const from = store.requests.length
      await work()
      return costOf(store.requests.slice(from))
    },
    async restart() {
      await replica.close()
      replica = await startReplica(store)
    },
    async [Symbol.asyncDispose]() {
      await replica.close()
      await store.close()
    },
  }
}

export function digestOf(bytes: Uint8Array): string {
  return `sha256:${createHash('sha256').update(bytes).digest('hex')}`
}

async function startReplica({ storageUrl, accessKeyId, secretAccessKey }: S3Double) {
  const bucket = await openBucket(storageUrl(), { s3: { credentials: { accessKeyId, secretAccessKey } } })
  const storage = await openStorage(bucket, { signedUrlMs: 1_200_000 })
  // Nothing in the background, which would be counted.
  const background = { uploadExpirySeconds: 0, gcIntervalSeconds: 0 }
  return startRegistry({ listen: '127.0.0.1:0', logLevel: 'silent', ...background }, { storage })
}

function costOf(requests: S3Double['requests']): Cost {
  let total = noRequests
  const byPrefix: Record<string, Tally> = {}
  for (const { operation, key, query } of requests) {
    const requestClass = classOf(operation)
    const [prefix = ''] = (key === '' ? (query.prefix ?? '') : key).split('/')
    const before = byPrefix[prefix] ?? noRequests
    total = { ...total, [requestClass]: total[requestClass] + 1 }
    byPrefix[prefix] = { ...before, [requestClass]: before[requestClass] + 1 }
  }
  return { total, byPrefix }
}

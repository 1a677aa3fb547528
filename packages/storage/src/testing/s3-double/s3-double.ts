/**
 * An S3 server in this process, for tests: path-style addresses on a free port of 127.0.0.1, everything in memory, with
 * switches for what servers differ in, faults on request, and a log of all it was asked.
 * @module
 */
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { awsBehaviour, type S3Behaviour } from './behaviour.ts'
import type { S3Operation } from './call.ts'
import { type Breakage, createFaults, type S3Fault, type S3Match } from './faults.ts'
import { createLog, type S3Request } from './request-log.ts'
import { respond } from './respond.ts'
import { createStore, type StoredObject, type StoredUpload } from './store.ts'

export interface S3DoubleOptions {
  /** What it does otherwise than AWS. @default {} */
  readonly behaviour?: Partial<S3Behaviour>
  /** Buckets that exist. @default ['test'] */
  readonly buckets?: readonly string[]
  /** Clock of the objects' times and of signed URLs. @default Date.now */
  readonly now?: () => number
  /** @default 0, a free one */
  readonly port?: number
}

export interface S3Double {
  /** `http://127.0.0.1:<port>` */
  readonly endpoint: string
  readonly region: string
  readonly accessKeyId: string
  readonly secretAccessKey: string
  /** `s3://test/prefix?endpoint=...`, as a storage URL names the first bucket. */
  storageUrl(prefix?: string): string
  /** All requests since the start or {@link reset}, in the order of their arrival. */
  readonly requests: readonly S3Request[]
  /** How many requests of each operation there were. */
  counts(): Readonly<Partial<Record<S3Operation, number>>>
  /** The most requests that were being answered at once. */
  peak(): number
  /** The next `times` requests that match meet the fault. @param times default 1 */
  fail(match: S3Match, fault: S3Fault, times?: number): Breakage
  /** Forgets requests and faults, and keeps objects. */
  reset(): void
  /** What a bucket holds, by key. */
  objects(bucket?: string): ReadonlyMap<string, StoredObject>
  /** Multipart uploads that are neither completed nor aborted. */
  uploads(): readonly StoredUpload[]
  /** Ends connections on which no request runs, as a server does with those that were idle too long. */
  dropIdle(): void
  /** Ends with all connections. */
  close(): Promise<void>
}

export async function startS3Double(options: S3DoubleOptions = {}): Promise<S3Double> {
  const { buckets = ['test'], now = Date.now } = options
  const credentials = { accessKeyId: 'testkey', secretAccessKey: 'testsecret' }
  const behaviour = { ...awsBehaviour, ...options.behaviour }
  const store = createStore(buckets, now)
  const log = createLog()
  const faults = createFaults()
  const responder = { store, behaviour, log, faults, credentials, now }
  const server = createServer((request, response) => void respond(request, response, responder))
  server.listen(options.port ?? 0, '127.0.0.1')
  await once(server, 'listening')
  const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const region = 'us-east-1'
  const [firstBucket = 'test'] = buckets

  return {
    endpoint,
    region,
    ...credentials,
    storageUrl(prefix = '') {
      const query = new URLSearchParams({ endpoint, region, forcePathStyle: 'true' })
      return `s3://${firstBucket}/${prefix}?${query}`
    },
    requests: log.requests,
    counts: log.counts,
    peak: log.peak,
    fail: faults.add,
    reset() {
      log.clear()
      faults.clear()
    },
    objects: (bucket = firstBucket) => store.bucket(bucket).objects,
    uploads: store.uploads,
    dropIdle: () => server.closeIdleConnections(),
    async close() {
      if (!server.listening) return
      const closed = once(server, 'close')
      server.close()
      server.closeAllConnections()
      await closed
    },
  }
}

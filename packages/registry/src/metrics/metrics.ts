/**
 * The numbers of one registry, counted in plain fields: cheap enough for every request. `prometheus.ts` tells them.
 * @module
 */
import type { GarbageReport } from '@tsreg/storage'
import type { S3RequestEvent } from '@tsreg/storage/bucket'
import type { Exchange, RouteName } from '../exchange.ts'

/** Upper bounds of the duration buckets, in seconds. */
export const durationBounds = [0.001, 0.005, 0.025, 0.1, 0.5, 2.5, 10, 60, 600] as const

export interface RouteDurations {
  /** Requests per bucket, the last one without a bound; not cumulative. */
  readonly buckets: Float64Array
  sumSeconds: number
}

export interface RequestCount {
  readonly route: RouteName
  readonly method: string
  readonly status: number
  count: number
}

export interface StorageRequestCount {
  /** S3's name of it. */
  readonly operation: string
  readonly outcome: S3RequestEvent['outcome']
  count: number
  sumSeconds: number
}

/** Sums over the garbage collections of this process. */
export interface GarbageTotals {
  runs: number
  blobs: number
  links: number
  manifests: number
  tags: number
  /** Condemned cells that turned out to be needed. */
  rescued: number
  freedBytes: number
  /** Requests to the bucket. */
  requests: number
  /** What the last run left for a later one to delete. */
  pendingBytes: number
  /** End of the last run, in seconds since 1970; 0: none. */
  finishedAt: number
  lastSeconds: number
}

export interface Metrics {
  /** Stored content that did not match its checksum while it was sent. */
  contentCorrupt: number
  /** Requests that got 401, 403 or 429 for their credentials. */
  accessRefused: number
  /** Bodies that moved slower than the minimum rate. */
  slowBodiesCut: number
  /** Upload sessions that nobody had written to for too long. */
  staleUploads: number
  /** Garbage collections by this process that came to their end. */
  readonly garbage: GarbageTotals
  /** Garbage collections by this process that failed. */
  gcFailures: number
  readonly requests: ReadonlyMap<number, RequestCount>
  readonly durations: ReadonlyMap<RouteName, RouteDurations>
  responseBytes: number
  /** Requests to the bucket, where it is one that is asked over the network. */
  readonly storageRequests: ReadonlyMap<string, StorageRequestCount>
  countStorage(event: S3RequestEvent): void
  /** Counts a collection that came to its end. */
  countGarbage(report: GarbageReport): void
  /** Counts a finished exchange. */
  count(exchange: Exchange, durationMs: number): void
}

const methods = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE']

export function createMetrics(): Metrics {
  const requests = new Map<number, RequestCount>()
  const durations = new Map<RouteName, RouteDurations>()
  const storageRequests = new Map<string, StorageRequestCount>()
  const routeNumbers = new Map<RouteName, number>()

  return {
    contentCorrupt: 0,
    accessRefused: 0,
    slowBodiesCut: 0,
    staleUploads: 0,
    garbage: {
      ...{ runs: 0, blobs: 0, links: 0, manifests: 0, tags: 0, rescued: 0 },
      ...{ freedBytes: 0, requests: 0, pendingBytes: 0, finishedAt: 0, lastSeconds: 0 },
    },
    gcFailures: 0,
    responseBytes: 0,
    requests,
    durations,
    storageRequests,
    countStorage({ operation, outcome, durationMs }) {
      const key = `${operation} ${outcome}`
      let counted = storageRequests.get(key)
      if (counted === undefined) {
        counted = { operation, outcome, count: 0, sumSeconds: 0 }
        storageRequests.set(key, counted)
      }
      counted.count += 1
      counted.sumSeconds += durationMs / 1000
    },
    countGarbage({ startedAt, durationMs, manifests, links, blobs, tags, bytes, requests }) {
      const totals = this.garbage
      totals.runs += 1
      totals.blobs += blobs.removed
      totals.links += links.removed
      totals.manifests += manifests.removed
      totals.tags += tags.removed
      totals.rescued += blobs.rescued + links.rescued + manifests.rescued
      totals.freedBytes += bytes.freed
      totals.requests += requests.list + requests.read + requests.write + requests.delete
      totals.pendingBytes = bytes.pending
      totals.finishedAt = (Date.parse(startedAt) + durationMs) / 1000
      totals.lastSeconds = durationMs / 1000
    },
    count({ routeName: route, request, response, responseBytes }, durationMs) {
      let number = routeNumbers.get(route)
      if (number === undefined) {
        number = routeNumbers.size
        routeNumbers.set(route, number)
      }
      const method = methods.indexOf(request.method ?? '')
      const key = (number * 8 + method + 1) * 1000 + response.statusCode
      const counted = requests.get(key)
      if (counted === undefined) {
        requests.set(key, { route, method: methods[method] ?? 'other', status: response.statusCode, count: 1 })
      } else counted.count += 1
      let duration = durations.get(route)
      if (duration === undefined) {
        duration = { buckets: new Float64Array(durationBounds.length + 1), sumSeconds: 0 }
        durations.set(route, duration)
      }
      const seconds = durationMs / 1000
      let bucket = 0
      while (bucket < durationBounds.length && seconds > (durationBounds[bucket] ?? 0)) bucket += 1
      duration.buckets[bucket] = (duration.buckets[bucket] ?? 0) + 1
      duration.sumSeconds += seconds
      if (response.writableFinished) this.responseBytes += responseBytes
    },
  }
}

/**
 * The metrics in the text format of Prometheus.
 * @module
 */
import { Counter, Gauge, Histogram, Registry } from 'prom-client'
import type { Services } from '../services.ts'
import { durationBounds, type RouteDurations } from './metrics.ts'

/** A registry of prom-client that reads our own fields whenever it is asked. */
export function prometheusRegistry(services: Services): Registry {
  const { metrics, inFlight } = services
  const registry = new Registry()
  const registers = [registry]
  const number: AddNumber = (kind, name, help, read) => {
    new kind({
      name,
      help,
      registers,
      collect() {
        this.reset()
        this.inc(read())
      },
    })
  }
  new Counter({
    name: 'tsreg_http_requests_total',
    help: 'Requests by the kind of route, method and status.',
    labelNames: ['route', 'method', 'status'],
    registers,
    collect() {
      this.reset()
      for (const { route, method, status, count } of metrics.requests.values())
        this.inc({ route, method, status }, count)
    },
  })
  registry.registerMetric(durationHistogram(services))
  new Counter({
    name: 'tsreg_storage_requests_total',
    help: 'Requests to the bucket by the name S3 has for them and what became of them; each try counts.',
    labelNames: ['operation', 'outcome'],
    registers,
    collect() {
      this.reset()
      for (const { operation, outcome, count } of metrics.storageRequests.values())
        this.inc({ operation, outcome }, count)
    },
  })
  new Counter({
    name: 'tsreg_storage_request_seconds_total',
    help: 'Time until the answers to requests to the bucket began.',
    labelNames: ['operation'],
    registers,
    collect() {
      this.reset()
      for (const { operation, sumSeconds } of metrics.storageRequests.values()) this.inc({ operation }, sumSeconds)
    },
  })
  number(Gauge, 'tsreg_http_in_flight_requests', 'Requests not answered yet.', () => inFlight.size)
  number(
    Counter,
    'tsreg_http_response_body_bytes_total',
    'Bytes of complete response bodies.',
    () => metrics.responseBytes,
  )
  number(
    Counter,
    'tsreg_content_corrupt_total',
    'Stored content that failed its checksum.',
    () => metrics.contentCorrupt,
  )
  number(Counter, 'tsreg_access_refused_total', 'Requests refused for their credentials.', () => metrics.accessRefused)
  number(Counter, 'tsreg_slow_bodies_cut_total', 'Bodies below the minimum rate.', () => metrics.slowBodiesCut)
  number(
    Counter,
    'tsreg_stale_uploads_discarded_total',
    'Upload sessions that had expired.',
    () => metrics.staleUploads,
  )
  number(Gauge, 'tsreg_storage_writers', 'Processes that may write: 0 lost, 1 sole, 2 any number.', () =>
    ['lost', 'sole', 'shared'].indexOf(services.storage.state().writers),
  )
  number(
    Gauge,
    'tsreg_storage_dead_tags',
    'Most deleted tags that one page of tags has passed over.',
    () => services.storage.state().deadTags,
  )
  garbageMetrics(services, registers, number)
  number(Gauge, 'process_resident_memory_bytes', 'Resident memory.', () => process.memoryUsage.rss())
  number(Counter, 'process_cpu_seconds_total', 'User and system time.', () => {
    const { user, system } = process.cpuUsage()
    return (user + system) / 1e6
  })
  number(Gauge, 'process_start_time_seconds', 'Start of the process.', () => performance.timeOrigin / 1000)
  return registry
}

type AddNumber = (kind: typeof Counter | typeof Gauge, name: string, help: string, read: () => number) => void

function garbageMetrics({ metrics }: Services, registers: Registry[], number: AddNumber): void {
  const { garbage } = metrics
  number(Counter, 'tsreg_gc_runs_total', 'Garbage collections that came to their end.', () => garbage.runs)
  number(Counter, 'tsreg_gc_failures_total', 'Garbage collections that failed.', () => metrics.gcFailures)
  new Counter({
    name: 'tsreg_gc_removed_total',
    help: 'What garbage collection took away, by kind.',
    labelNames: ['kind'],
    registers,
    collect() {
      this.reset()
      for (const kind of ['blobs', 'links', 'manifests', 'tags'] as const) this.inc({ kind }, garbage[kind])
    },
  })
  number(Counter, 'tsreg_gc_rescued_total', 'Condemned by a collection, and needed after all.', () => garbage.rescued)
  number(Counter, 'tsreg_gc_freed_bytes_total', 'Bytes that collections deleted.', () => garbage.freedBytes)
  number(Counter, 'tsreg_gc_storage_requests_total', 'Requests that collections made.', () => garbage.requests)
  number(Gauge, 'tsreg_gc_pending_bytes', 'Bytes that the next collections will delete.', () => garbage.pendingBytes)
  number(Gauge, 'tsreg_gc_last_run_timestamp_seconds', 'End of the last collection.', () => garbage.finishedAt)
  number(Gauge, 'tsreg_gc_last_run_seconds', 'How long it took.', () => garbage.lastSeconds)
}

/** prom-client offers no way to set buckets, so this one says its values itself. */
function durationHistogram({ metrics }: Services): Histogram {
  const name = 'tsreg_http_request_duration_seconds'
  const help = 'From the headers of a request to the end of its response, by the kind of route.'
  const histogram = new Histogram({ name, help, labelNames: ['route'], registers: [] })
  const get = async () => ({
    name,
    help,
    type: 'histogram',
    aggregator: 'sum',
    values: [...metrics.durations].flatMap(([route, durations]) => samples(name, route, durations)),
  })
  return Object.assign(histogram, { get, getForPromString: get })
}

function samples(name: string, route: string, { buckets, sumSeconds }: RouteDurations) {
  let total = 0
  const rows = [...buckets].map((count, index) => {
    total += count
    const le = durationBounds[index] ?? '+Inf'
    return { metricName: `${name}_bucket`, labels: { le, route }, value: total }
  })
  return [
    ...rows,
    { metricName: `${name}_sum`, labels: { route }, value: sumSeconds },
    { metricName: `${name}_count`, labels: { route }, value: total },
  ]
}

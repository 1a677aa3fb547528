/**
 * The tables of docs/scale.md, made of what was measured.
 * @module
 */

import { type CollectionCosts, defaultMarkBytes, estimateCollection, markBytesFor, marksOf } from './collection.ts'
import type { Operation } from './operations.ts'
import { type KeyPrefix, keyPrefixes, keysOf, type Population, populationOf } from './population.ts'
import { aws, cloudflare, partitionLimits, priceOf } from './prices.ts'
import { addTallies, scaleTally, type Tally, totalOf } from './tally.ts'

/** What the tables are about; the flags of `npm run simulate`. */
export interface Scenario {
  readonly blobs: number
  readonly repositories: number
  /** Image pushes and pulls per second, at the busiest. */
  readonly pushesPerSecond: number
  readonly pullsPerSecond: number
  /** Pages of a listing that one client gets through in a second. */
  readonly pagesPerSecond: number
}

export const defaultScenario: Scenario = {
  blobs: 1e9,
  repositories: 1e6,
  pushesPerSecond: 100,
  pullsPerSecond: 5000,
  pagesPerSecond: 20,
}

/** Bytes of the objects under one prefix, for each key, counted in a small store. */
export type BytesPerKey = Readonly<Partial<Record<KeyPrefix, number>>>

export function operationTable(operations: readonly Operation[]): string {
  const rows = operations.map(({ name, cost: { total }, redirects }) => [
    name,
    ...[total.write, total.list, total.read, total.delete, totalOf(total)].map(count),
    redirects === 0 ? '' : String(redirects),
    ...[aws, cloudflare].map((prices) => dollars(1e6 * priceOf(withRedirects(total, redirects), prices))),
  ])
  const heads = ['operation', 'write', 'list', 'read', 'delete', 'all', 'redirected', `a million, ${aws.name}`]
  return table([...heads, `a million, ${cloudflare.name}`], rows)
}

/** Requests per second by prefix, when pushes and pulls come as the scenario says. */
export function rateTable(operations: readonly Operation[], scenario: Scenario): string {
  const push = named(operations, (name) => name.startsWith('push of an image'))
  const pull = named(operations, (name) => name === 'pull of the image')
  const prefixes = [...new Set([push, pull].flatMap(({ cost }) => Object.keys(cost.byPrefix)))].toSorted()
  const rows = prefixes.map((prefix) => {
    const pushed = push.cost.byPrefix[prefix]
    const pulled = pull.cost.byPrefix[prefix]
    const rate = addTallies(
      ...(pushed === undefined ? [] : [scaleTally(pushed, scenario.pushesPerSecond)]),
      ...(pulled === undefined ? [] : [scaleTally(pulled, scenario.pullsPerSecond)]),
      // Clients read the bytes from the store themselves.
      ...(prefix === 'd' ? [{ ...none, read: pull.redirects * scenario.pullsPerSecond }] : []),
    )
    const writes = rate.write + rate.delete + rate.list
    const partitions = Math.max(writes / partitionLimits.write, rate.read / partitionLimits.read)
    return [`\`${prefix}/\``, count(writes), count(rate.read), count(Math.ceil(partitions)), spread[prefix] ?? '']
  })
  return table(['keys', 'writes a second', 'reads a second', 'partitions', 'how they spread'], rows)
}

export function keyTable(scenario: Scenario, bytesPerKey: BytesPerKey): string {
  const keys = keysOf(populationOf(scenario.blobs, scenario.repositories))
  const rows = keyPrefixes.map((prefix) => {
    const bytes = prefix === 'd' ? undefined : keys[prefix] * (bytesPerKey[prefix] ?? 0)
    return [`\`${prefix}/\``, count(keys[prefix]), bytes === undefined ? 'the layers' : gigabytes(bytes)]
  })
  return table(['keys', 'objects', 'bytes'], rows)
}

export function listingTable(scenario: Scenario): string {
  const population = populationOf(scenario.blobs, scenario.repositories)
  const keys = keysOf(population)
  const listings: readonly (readonly [string, number])[] = [
    ['tags of a repository', population.imagesPerRepository],
    ['the catalog', keys.cat],
    ['every tag (`t/`)', keys.t],
    ['every manifest (`m/`)', keys.m],
    ['every link (`l/`)', keys.l],
    ['every pointer (`b/`)', keys.b],
  ]
  const rows = listings.map(([name, entries]) => {
    const pages = Math.ceil(entries / 1000)
    const price = dollars(priceOf({ ...none, list: pages }, aws))
    return [name, count(entries), '1', count(pages), price, duration(pages / scenario.pagesPerSecond)]
  })
  return table(['listing', 'entries', 'a page', 'all of it', `all of it, ${aws.name}`, 'one after the other'], rows)
}

/** Garbage collection at several sizes, with the defaults and with memory for one pass. */
export function collectionTable(costs: CollectionCosts, scenario: Scenario): string {
  const sizes = [1e6, 1e7, 1e8, 1e9].filter((blobs) => blobs <= scenario.blobs)
  const rows = sizes.flatMap((blobs) => {
    const population = populationOf(blobs, Math.max(1, (blobs * scenario.repositories) / scenario.blobs))
    const enough = markBytesFor(marksOf(population))
    const memory = enough > defaultMarkBytes ? [defaultMarkBytes, enough] : [defaultMarkBytes]
    return memory.map((markBytes) => collectionRow(population, costs, scenario, markBytes))
  })
  const heads = ['blobs', 'marks', '`gcMemoryBytes`', 'passes', 'second marks', 'LIST', 'other requests']
  return table([...heads, aws.name, 'time of the LISTs'], rows)
}

function collectionRow(
  population: Population,
  costs: CollectionCosts,
  scenario: Scenario,
  markBytes: number,
): readonly string[] {
  const estimate = estimateCollection(population, costs, { markBytes, garbageShare: 0.01 })
  const { requests } = estimate
  return [
    count(keysOf(population).b),
    count(estimate.marks),
    gibibytes(markBytes),
    count(estimate.passes),
    count(estimate.secondMarks),
    count(requests.list),
    count(requests.write + requests.read + requests.delete),
    dollars(priceOf(requests, aws)),
    duration(requests.list / scenario.pagesPerSecond),
  ]
}

const none: Tally = { write: 0, list: 0, read: 0, delete: 0 }

const spread: Readonly<Record<string, string>> = {
  b: 'by digest: evenly',
  cat: 'by repository',
  d: 'by two random hex digits: evenly',
  g: 'by repository, then by digest',
  i: 'by repository, then by image ID',
  j: 'by image ID and digest: evenly',
  l: 'by repository, then by digest',
  m: 'by repository, then by digest',
  t: 'by repository, then by tag',
  u: 'by random ID: evenly',
}

function named(operations: readonly Operation[], test: (name: string) => boolean): Operation {
  const found = operations.find(({ name }) => test(name))
  if (found === undefined) throw new Error('an operation that a table is about was not measured')
  return found
}

function withRedirects(tally: Tally, redirects: number): Tally {
  return { ...tally, read: tally.read + redirects }
}

function table(heads: readonly string[], rows: readonly (readonly string[])[]): string {
  const isNumber = (column: number) => rows.every((cells) => /^(\$?\d.*)?$/.test(cells[column] ?? ''))
  const lines = [heads, heads.map((_, column) => (isNumber(column) ? '--:' : '---')), ...rows]
  return lines.map((cells) => `| ${cells.join(' | ')} |`).join('\n')
}

function count(value: number): string {
  return Math.round(value).toLocaleString('en-US')
}

function dollars(value: number): string {
  return `$${value.toLocaleString('en-US', { minimumFractionDigits: 2, maximumFractionDigits: 2 })}`
}

function gigabytes(bytes: number): string {
  return `${(bytes / 1e9).toLocaleString('en-US', { maximumFractionDigits: 1 })} GB`
}

function gibibytes(bytes: number): string {
  const mebibytes = bytes / 1024 ** 2
  return mebibytes < 1024 ? `${mebibytes} MiB` : `${mebibytes / 1024} GiB`
}

function duration(seconds: number): string {
  if (seconds < 120) return `${Math.ceil(seconds)} s`
  if (seconds < 7200) return `${Math.ceil(seconds / 60)} min`
  if (seconds < 172_800) return `${Math.ceil(seconds / 3600)} h`
  return `${Math.ceil(seconds / 86_400)} days`
}

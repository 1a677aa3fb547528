/**
 * What garbage collection asks of the store: counted on small stores, and carried on to large ones. The work is linear in
 * the keys but for two things that depend on memory: how many passes the marks need, and how many second marks.
 * @module
 */

import { type FilledStore, fillStore, repositoryName, type WorkByPrefix } from './filled-store.ts'
import { keysOf, type Population } from './population.ts'
import { addTallies, noRequests, scaleTally, type Tally } from './tally.ts'

/** Measured on a small store. */
export interface CollectionCosts {
  /** A second run, in which nothing has changed. */
  readonly unchanged: WorkByPrefix
  /** Reads of a run that knows nothing yet, for each manifest and tag: the first run after an import. */
  readonly readsPerCell: number
  /** Bytes that the packed references take, for each manifest and its tag. */
  readonly packedBytesPerImage: number
  /** Requests to end one blob, its bytes included, and one link. */
  readonly perGarbageBlob: Tally
  readonly perGarbageLink: Tally
}

export interface CollectionSettings {
  /** Memory for marks: the setting `gcMemoryBytes`. */
  readonly markBytes: number
  /** Share of the blobs that is garbage. */
  readonly garbageShare: number
}

export interface CollectionEstimate {
  readonly marks: number
  readonly passes: number
  /** Second marks, each one scan of the manifests. */
  readonly secondMarks: number
  /** Of a run that finds the references of the run before. */
  readonly requests: Tally
}

/** What garbage collection takes when nothing is said. */
export const defaultMarkBytes = 128 * 1024 * 1024

/** Cells are condemned in batches, a thousand bytes of the memory for each, and a second mark decides about a batch. */
export function secondMarksFor(garbage: number, markBytes: number): number {
  return Math.ceil(garbage / Math.max(1000, Math.floor(markBytes / 1000)))
}

const pageKeys = 1000
/** A pack is written with 1 MiB and split at 2. */
const averagePackBytes = 1.5 * 1024 * 1024

export async function measureCollection(population: Population): Promise<CollectionCosts> {
  const store = await fillStore(population)
  const collect = () => store.storage.collectGarbage({ graceMs: 0 })
  const first = await store.watch(collect)
  const packed = (await store.contents()).gc?.bytes ?? 0
  const unchanged = await store.watch(collect)
  const images = population.repositories * population.imagesPerRepository
  const garbage = await makeGarbage(store, population)
  const ending = await store.watch(collect)
  const emptying = await store.watch(collect)
  const difference = (prefixes: readonly string[]) =>
    addTallies(
      ...prefixes.flatMap((prefix) => [
        requestsOf(ending, prefix),
        requestsOf(emptying, prefix),
        scaleTally(requestsOf(unchanged, prefix), -2),
      ]),
    )
  return {
    unchanged,
    readsPerCell: ((first.m?.read ?? 0) + (first.t?.read ?? 0)) / (2 * images),
    packedBytesPerImage: packed / images,
    // The session is fenced, an entry of the trash written and removed, the bytes deleted.
    perGarbageBlob: scaleTally(difference(['b', 'u', 'd', 'gc']), 1 / garbage.blobs),
    perGarbageLink: scaleTally(difference(['l']), 1 / garbage.links),
  }
}

/** A run on a large store whose references are packed already. */
export function estimateCollection(
  population: Population,
  costs: CollectionCosts,
  { markBytes, garbageShare }: CollectionSettings,
): CollectionEstimate {
  const keys = keysOf(population)
  const marks = marksOf(population)
  const passes = passesFor(marks, markCapacity(markBytes))
  const garbage = { blobs: keys.b * garbageShare, links: keys.l * garbageShare }
  const secondMarks = Math.max(garbageShare > 0 ? passes : 0, secondMarksFor(garbage.blobs + garbage.links, markBytes))
  const packs = (keys.m * costs.packedBytesPerImage) / averagePackBytes
  const scanOfManifests: Tally = { ...noRequests, list: keys.m / pageKeys + packs / pageKeys, read: packs }
  const onePass = addTallies(scanOfManifests, {
    ...noRequests,
    list: (keys.t + keys.l) / pageKeys,
  })
  const requests = addTallies(
    scaleTally(onePass, passes),
    // Each pass lists the pointers of its own digests.
    { ...noRequests, list: keys.b / pageKeys },
    scaleTally(scanOfManifests, secondMarks),
    scaleTally(costs.perGarbageBlob, garbage.blobs),
    scaleTally(costs.perGarbageLink, garbage.links),
  )
  return { marks, passes, secondMarks, requests }
}

/** A mark for each blob, link and manifest, and for each manifest that a tag names. */
export function marksOf(population: Population): number {
  const { b, l, m, t } = keysOf(population)
  return b + l + m + t
}

/** Marks that fit: 8 bytes each in a table that doubles, is at most 7/10 full, and has room to grow. */
export function markCapacity(bytes: number): number {
  const slots = 2 ** Math.min(31, Math.max(10, Math.floor(Math.log2(bytes / 8 / 1.5))))
  return slots * 0.7
}

/** The least power of two of bytes with which one pass is enough, or with which there are as few as there can be. */
export function markBytesFor(marks: number): number {
  let bytes = 1024 * 1024
  while (markCapacity(bytes) < marks && markCapacity(bytes * 2) > markCapacity(bytes)) bytes *= 2
  return bytes
}

/** Each pass takes the digests that are left, or half, a quarter ... of them, until their marks fit. */
export function passesFor(marks: number, capacity: number): number {
  let passes = 0
  for (let from = 0; from < 1; passes++) {
    let width = 1 - from
    while (width * marks > capacity) width /= 2
    from += width
  }
  return passes
}

/** Deletes all images of one repository, with what no other one shares. */
async function makeGarbage({ storage }: FilledStore, population: Population) {
  const { tags, manifests } = storage.repository(repositoryName(0))
  for (let image = 0; image < population.imagesPerRepository; image++) {
    await manifests.delete((await tags.resolve(`v${image}`)).digest)
  }
  const one = keysOf({ ...population, repositories: 1 })
  return { blobs: one.b - population.baseLayers, links: one.l }
}

function requestsOf(work: WorkByPrefix, prefix: string): Tally {
  const { read = 0, written = 0, deleted = 0 } = work[prefix] ?? {}
  return { write: written, list: 0, read, delete: deleted }
}

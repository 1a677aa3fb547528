/**
 * One range scan over manifests or tags, with what each refers to: known from packs, or read when it is new.
 * @module
 */
import { algorithmOf, digestOf, OciError } from '@tsreg/oci'
import { parseManifest } from '@tsreg/oci/image'
import { mapBounded, requestConcurrency } from '../bounded.ts'
import type { ListEntry } from '../bucket/bucket.ts'
import { isTombstone } from '../cells.ts'
import { pagesOf } from '../listing.ts'
import type { ManifestHeader } from '../manifest-cell.ts'
import { allManifests, allTags, decodeName, parseCellKey } from '../paths.ts'
import type { TagHeader } from '../tag-cell.ts'
import { type PackEntry, packEntry } from './pack.ts'
import { openPackRange, type PackRange } from './pack-range.ts'
import { packReferences, referencesOf } from './references.ts'
import { digestOfPath, type Run } from './run.ts'

/** A manifest or tag that is not dead. */
export interface KnownCell {
  readonly key: string
  readonly modifiedMs: number
  /** What it refers to, as {@link packReferences} made it. */
  readonly references: Buffer
}

/** @returns what a cell that is not known refers to; undefined when it is gone */
type ReadReferences = (run: Run, key: string) => Promise<Buffer | undefined>

/** Live manifests in the order of their keys, some at a time. @throws CONTENT_CORRUPT when one cannot be read */
export function scanManifests(run: Run): AsyncGenerator<readonly KnownCell[]> {
  return scan(run, { prefix: allManifests, read: readManifestReferences, etagOf: () => '' })
}

/** Tags in the order of their keys, some at a time; each refers to the manifest it names. */
export function scanTags(run: Run): AsyncGenerator<readonly KnownCell[]> {
  return scan(run, { prefix: allTags, read: readTarget, etagOf: ({ etag }) => etag })
}

interface ScanOptions {
  readonly prefix: string
  readonly read: ReadReferences
  /** What an entry of a pack must have to hold for the cell. */
  readonly etagOf: (entry: ListEntry) => string
}

async function* scan(run: Run, options: ScanOptions): AsyncGenerator<readonly KnownCell[]> {
  const { bucket } = run.context
  const { prefix } = options
  const packs = await openPackRange(run, prefix)
  for await (const page of pagesOf(bucket, { prefix, signal: run.signal })) {
    const alive = page.filter((entry) => !isTombstone(entry) && !run.dropped.has(entry.key))
    for (let at = 0; at < alive.length; ) {
      await packs.enter(alive[at]?.key ?? '')
      const group = groupFrom(alive, at, packs.end)
      at += group.length
      yield await resolve(run, { ...options, packs, group })
    }
  }
  await packs.close()
}

/** A few cells, all covered by one pack: manifests can be large, and no more than these are in memory. */
function groupFrom(entries: readonly ListEntry[], from: number, end: string | undefined): readonly ListEntry[] {
  const group = entries.slice(from, from + requestConcurrency)
  const beyond = group.findIndex(({ key }) => end !== undefined && key >= end)
  return beyond < 0 ? group : group.slice(0, beyond)
}

async function resolve(
  run: Run,
  { packs, group, read, etagOf }: ScanOptions & { readonly packs: PackRange; readonly group: readonly ListEntry[] },
): Promise<readonly KnownCell[]> {
  const known = group.map((entry) => {
    const found = packs.find(entry.key)
    return found?.etag === etagOf(entry) ? found : undefined
  })
  const unknown = group.filter((_, index) => known[index] === undefined)
  const references = await mapBounded(unknown, ({ key }) => read(run, key))
  const fresh = new Map(unknown.map(({ key }, index) => [key, references[index]]))
  const cells: KnownCell[] = []
  for (const [index, entry] of group.entries()) {
    const found: PackEntry | undefined = known[index]
    const packed = found?.references ?? fresh.get(entry.key)
    if (packed === undefined) continue
    const { key, modifiedMs } = entry
    await packs.keep(found ?? packEntry(key, etagOf(entry), packed), found === undefined)
    cells.push({ key, modifiedMs, references: packed })
  }
  return cells
}

// One that cannot be read might name any blob: nothing may be removed before somebody has looked at it.
async function readManifestReferences(run: Run, key: string): Promise<Buffer | undefined> {
  run.counts.manifests.read++
  const { algorithm, hex } = parseCellKey(key)
  const digest = digestOfPath(algorithm, hex)
  const cell = await run.context.cells.read<ManifestHeader>(key, { signal: run.signal }).catch((error: unknown) => {
    throw error instanceof SyntaxError ? corrupt(key, 'its header is not JSON', error) : error
  })
  if (cell.header === undefined) return undefined
  const received = digestOf(cell.payload, algorithmOf(digest))
  if (received !== digest) throw corrupt(key, `its bytes have digest ${received}`)
  try {
    return packReferences(referencesOf(parseManifest(cell.payload, cell.header.mediaType)))
  } catch (error) {
    throw corrupt(key, messageOf(error), error)
  }
}

// The tag may have moved since it was listed; then the entry made of it holds for a version that never comes back.
async function readTarget(run: Run, key: string): Promise<Buffer | undefined> {
  run.counts.tags.read++
  const { header } = await run.context.cells.read<TagHeader>(key, { signal: run.signal })
  return header === undefined ? undefined : packReferences([{ kind: 'target', digest: header.digest }])
}

function corrupt(key: string, why: string, cause?: unknown): OciError {
  const { encoded, algorithm, hex } = parseCellKey(key)
  const [name, digest] = [decodeName(encoded), digestOfPath(algorithm, hex)]
  const message = `collecting garbage: manifest ${digest} of ${name} cannot be read: ${why}; nothing was removed; run tsreg fsck`
  return new OciError('CONTENT_CORRUPT', message, { detail: { name, digest }, cause })
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}

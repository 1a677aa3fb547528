/**
 * Why garbage collection keeps something, or does not.
 * @module
 */
import { algorithmOf, type Digest, encodedOf } from '@tsreg/oci'
import { mapBounded } from '../bounded.ts'
import { isTombstone } from '../cells.ts'
import type { StorageContext } from '../context.ts'
import { pagesOf } from '../listing.ts'
import { allLinks, decodeName, digestPath, parseCellKey, pointerKey } from '../paths.ts'
import { markedTags, readTag } from '../tag-cell.ts'
import { type CondemnableHeader, isSubjectAlive } from './candidates.ts'
import { scanManifests } from './known-cells.ts'
import { hiOf, loOf } from './mark-set.ts'
import { eachReference, type ReferenceKind, unpackReferences } from './references.ts'
import type { ExplainedCell, ExplainOptions, Explanation, Keeper } from './report.ts'
import { digestOfPath, isOlder, type Run, startRun } from './run.ts'
import { ageOf } from './suspects.ts'

/** Tags told of one manifest. */
const toldTags = 20

/** A manifest that refers to the digest. */
interface User {
  readonly repository: string
  readonly digest: Digest
  readonly kind: ReferenceKind
}

/** The uses in one repository: how many, and some of them. */
interface Uses {
  count: number
  readonly some: User[]
}

interface Found {
  /** By the repository's name. */
  readonly uses: ReadonlyMap<string, Uses>
  /** Where the digest is that of a manifest, with the subject that it has. */
  readonly manifests: readonly { readonly key: string; readonly repository: string; readonly subject?: Digest }[]
}

/** One range scan over the manifests, and one over the links. @throws CONTENT_CORRUPT when a manifest cannot be read */
export async function explainGarbage(
  context: StorageContext,
  digest: Digest,
  options: ExplainOptions = {},
): Promise<Explanation> {
  algorithmOf(digest)
  const { limit = 20, ...how } = options
  const run = startRun(context, { ...how, dryRun: true })
  const found = await searchManifests(run, digest, limit)
  const all = [...found.uses.values()]
  const cells = [
    await explainCell(run, { what: 'blob', key: pointerKey(digest) }, () => usesAsKeepers(run, all, limit)),
  ]
  for (const { key, repository } of await linksOf(run, digest)) {
    const here = found.uses.get(repository)
    cells.push(
      await explainCell(run, { what: 'link', key, repository }, () =>
        usesAsKeepers(run, here === undefined ? [] : [here], limit),
      ),
    )
  }
  for (const manifest of found.manifests) {
    const children = found.uses.get(manifest.repository)
    cells.push(
      await explainCell(run, { what: 'manifest', ...manifest }, () =>
        keepersOfManifest(run, { ...manifest, digest, children, limit }),
      ),
    )
  }
  return { digest, cells: cells.filter((cell) => cell !== undefined) }
}

async function searchManifests(run: Run, digest: Digest, limit: number): Promise<Found> {
  const hex = encodedOf(digest)
  const [hi, lo, path] = [hiOf(hex), loOf(hex), `/${digestPath(digest)}`]
  const uses = new Map<string, Uses>()
  const manifests: { key: string; repository: string; subject?: Digest }[] = []
  for await (const cells of scanManifests(run)) {
    for (const { key, references } of cells) {
      const { encoded, algorithm, hex: own } = parseCellKey(key)
      const repository = decodeName(encoded)
      if (key.endsWith(path)) {
        const subject = unpackReferences(references).find(({ kind }) => kind === 'subject')?.digest
        manifests.push({ key, repository, ...(subject === undefined ? {} : { subject }) })
      }
      let kind: ReferenceKind | undefined
      eachReference(references, (of, itsHi, itsLo) => {
        if (of !== 'subject' && itsHi === hi && itsLo === lo) kind = of
      })
      if (kind === undefined) continue
      const here = uses.get(repository) ?? { count: 0, some: [] }
      uses.set(repository, here)
      here.count++
      if (here.some.length < limit) here.some.push({ repository, kind, digest: digestOfPath(algorithm, own) })
    }
  }
  return { uses, manifests }
}

async function linksOf(run: Run, digest: Digest): Promise<readonly { key: string; repository: string }[]> {
  const path = `/${digestPath(digest)}`
  const found: { key: string; repository: string }[] = []
  for await (const page of pagesOf(run.context.bucket, { prefix: allLinks, signal: run.signal })) {
    for (const entry of page) {
      if (isTombstone(entry) || !entry.key.endsWith(path)) continue
      found.push({ key: entry.key, repository: decodeName(parseCellKey(entry.key).encoded) })
    }
  }
  return found
}

interface Keepers {
  readonly keepers: readonly Keeper[]
  readonly keeperCount: number
}

/** Undefined: the cell is dead or absent. */
async function explainCell(
  run: Run,
  {
    what,
    key,
    repository,
  }: { readonly what: ExplainedCell['what']; readonly key: string; readonly repository?: string },
  find: () => Promise<Keepers>,
): Promise<ExplainedCell | undefined> {
  const { header, modifiedMs } = await run.context.cells.read<CondemnableHeader>(key, { signal: run.signal })
  if (header === undefined) return undefined
  const { keepers, keeperCount } = await find()
  const goes = isOlder(run, modifiedMs, ageOf(run, what))
  return {
    what,
    ...(repository === undefined ? {} : { repository }),
    state: header.st === 'cond' ? 'condemned' : 'live',
    size: header.size ?? 0,
    modifiedAt: new Date(modifiedMs).toISOString(),
    verdict: keeperCount > 0 ? 'kept' : goes ? 'goes' : 'young',
    keepers,
    keeperCount,
  }
}

async function usesAsKeepers(run: Run, all: readonly Uses[], limit: number): Promise<Keepers> {
  const some = all.flatMap((uses) => uses.some).slice(0, limit)
  const keepers = await mapBounded(some, async ({ repository, digest, kind }): Promise<Keeper> => {
    const tags = await tagsOf(run, repository, digest, toldTags)
    return { kind: kind === 'child' ? 'index' : 'manifest', repository, digest, tags }
  })
  return { keepers, keeperCount: all.reduce((sum, { count }) => sum + count, 0) }
}

async function keepersOfManifest(
  run: Run,
  options: {
    readonly repository: string
    readonly digest: Digest
    readonly subject?: Digest
    readonly children: Uses | undefined
    readonly limit: number
  },
): Promise<Keepers> {
  const { repository, digest, subject, children, limit } = options
  const tags = (await tagsOf(run, repository, digest, limit)).map((tag): Keeper => ({ kind: 'tag', repository, tag }))
  const indexes = await usesAsKeepers(run, children === undefined ? [] : [children], limit)
  const others: Keeper[] = []
  if ((await isSubjectAlive(run, { repository, subject })) && subject !== undefined)
    others.push({ kind: 'subject', repository, digest: subject })
  if (run.untaggedOlderThanMs === undefined) others.push({ kind: 'untagged-are-kept' })
  return {
    keepers: [...tags, ...indexes.keepers, ...others].slice(0, limit),
    keeperCount: tags.length + indexes.keeperCount + others.length,
  }
}

/** Tags that name the manifest. */
async function tagsOf(run: Run, repository: string, digest: Digest, limit: number): Promise<readonly string[]> {
  const tags: string[] = []
  const options = { signal: run.signal }
  for await (const page of markedTags(run.context, { repository, digest }, options)) {
    for (const tag of page) {
      const { header } = await readTag(run.context, { repository, tag }, options)
      if (header?.digest === digest) tags.push(tag)
      if (tags.length === limit) return tags
    }
  }
  return tags
}

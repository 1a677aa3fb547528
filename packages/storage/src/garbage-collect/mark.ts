/**
 * The mark: what the manifests and tags of the store name. G0 finds by it what is worth condemning, G2 decides by it.
 * @module
 */
import { parseCellKey, parseTagKey } from '../paths.ts'
import { type KnownCell, scanManifests, scanTags } from './known-cells.ts'
import { blobScope, hiOf, loOf, type MarkSet, type MarkSink, markSet, type Scope, scopeOf } from './mark-set.ts'
import { eachReference } from './references.ts'
import type { Run } from './run.ts'

/** A tag that is not dead, and the manifest it names: two words of the digest, and the scope that it has when alive. */
interface SeenTag {
  readonly key: string
  readonly hi: number
  readonly lo: number
  readonly alive: number
}

/**
 * G0 of one pass: all marks of digests from `from` up to the `limit` of the set.
 * @param onDangling told of tags whose manifest was not there when the manifests were listed
 */
export async function markAll(run: Run, from: number, onDangling: (key: string) => Promise<void>): Promise<MarkSet> {
  const marks = markSet({ bytes: run.markBytes, from })
  const manifests = await markManifests(run, marks, 'mark')
  const tags = await markTags(run, marks, 'mark', async ({ key, hi, lo, alive }) => {
    if (hi >= from && hi < marks.limit && !marks.has(hi, lo, alive)) await onDangling(key)
  })
  run.counts.manifests.seen = manifests
  run.counts.tags.seen = tags
  return marks
}

/** One range scan over the manifests: what they name, and that they are there. The number of them. */
export async function markManifests(run: Run, sink: MarkSink, phase: 'mark' | 'mark-again'): Promise<number> {
  const scopes = scopesOf(['link', 'manifest', 'alive'])
  return await told(run, phase, scanManifests(run), async ({ key, references }) => {
    const { encoded, hex } = parseCellKey(key)
    const [link = 0, manifest = 0, alive = 0] = scopes(encoded)
    sink.add(hiOf(hex), loOf(hex), alive)
    eachReference(references, (kind, hi, lo) => {
      if (kind === 'subject') return
      // Children as well: caches of builds are indexes of blobs.
      sink.add(hi, lo, blobScope)
      sink.add(hi, lo, link)
      if (kind === 'child') sink.add(hi, lo, manifest)
    })
  })
}

/** One range scan over the tags: which manifests they name. The number of them. */
export async function markTags(
  run: Run,
  sink: MarkSink,
  phase: 'mark' | 'mark-again',
  onTag?: (tag: SeenTag) => Promise<void>,
): Promise<number> {
  const scopes = scopesOf(['manifest', 'alive'])
  return await told(run, phase, scanTags(run), async ({ key, references }) => {
    const [manifest = 0, alive = 0] = scopes(parseTagKey(key).encoded)
    let target: SeenTag | undefined
    eachReference(references, (_, hi, lo) => {
      sink.add(hi, lo, manifest)
      target = { key, hi, lo, alive }
    })
    if (target !== undefined) await onTag?.(target)
  })
}

async function told(
  run: Run,
  phase: 'mark' | 'mark-again',
  scan: AsyncIterable<readonly KnownCell[]>,
  visit: (cell: KnownCell) => Promise<void>,
): Promise<number> {
  let done = 0
  for await (const cells of scan) {
    for (const cell of cells) await visit(cell)
    done += cells.length
    run.progress(phase, done)
  }
  return done
}

/** Scopes of a repository, worked out once: the cells of one come one after the other. */
function scopesOf(scopes: readonly Scope[]): (encoded: string) => readonly number[] {
  let last: string | undefined
  let numbers: readonly number[] = []
  return (encoded) => {
    if (encoded !== last) {
      last = encoded
      numbers = scopes.map((scope) => scopeOf(scope, encoded))
    }
    return numbers
  }
}

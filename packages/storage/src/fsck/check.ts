/**
 * The two merges: claims to objects with the objects, claims to cells with the cells. What does not fit is settled one by one.
 * @module
 */
import { mapBounded } from '../bounded.ts'
import type { ListEntry } from '../bucket/bucket.ts'
import { isTombstone } from '../cells.ts'
import { pagesOf } from '../listing.ts'
import type { Claim } from './claims.ts'
import { merge } from './merge.ts'
import type { FsckRun } from './run.ts'
import type { Scan } from './scan.ts'
import { settleDeep, settleMissing, settleSize } from './settle-blob.ts'
import { settleBlob, settleLink, settleMarker, settleTag } from './settle-cells.ts'
import { settleOrphan } from './settle-orphan.ts'

/** Objects read at a time in a deep run. */
const readLanes = 4

export async function checkBytes({ run, bytes, objects }: Scan): Promise<void> {
  const work = inBatches(run.deep ? readLanes : undefined)
  let owner: string | undefined
  let done = 0
  for await (const { found, claims } of merge(bytes.sorted(), objectsOf(objects.sorted()))) {
    run.signal?.throwIfAborted()
    const [first] = claims
    if (claims.some(({ kind }) => kind === 'session')) owner = first?.needed
    const pointers = claims.filter(({ kind }) => kind === 'pointer')
    if (found === undefined) {
      for (const claim of pointers) await work.add(() => settleMissing(run, claim))
      continue
    }
    done++
    for (const claim of pointers) {
      if (claim.size !== found.size) await work.add(() => settleSize(run, claim))
      else if (run.deep) await work.add(() => settleDeep(run, claim))
    }
    if (first === undefined && !isOwned(found.key, owner)) await work.add(() => settleOrphan(run, found.key))
    if (done % 1000 === 0 || run.deep) run.progress('bytes', done, run.checked.objects)
  }
  await work.end()
  run.progress('bytes', done, run.checked.objects)
}

/** True for an object of the session whose prefix came last. */
function isOwned(key: string, owner: string | undefined): boolean {
  return owner !== undefined && (key === owner || key.startsWith(`${owner}.`))
}

const settlers: Readonly<Partial<Record<Claim['kind'], (run: FsckRun, claim: Claim) => Promise<void>>>> = {
  tag: settleTag,
  blob: settleBlob,
  link: settleLink,
  marker: settleMarker,
}

export async function checkReferences({ run, cells }: Scan): Promise<void> {
  const work = inBatches()
  let done = 0
  for await (const { found, claims } of merge(cells.sorted(), liveCells(run))) {
    run.signal?.throwIfAborted()
    done += claims.length
    if (done % 1000 < claims.length) run.progress('references', done, cells.count)
    if (found !== undefined) continue
    for (const claim of claims) {
      const settle = settlers[claim.kind]
      if (settle === undefined) run.counted('marker-stale')
      else await work.add(() => settle(run, claim))
    }
  }
  await work.end()
  run.progress('references', done, cells.count)
}

/** All that cells can claim, in byte order. */
async function* liveCells({ context, signal }: FsckRun): AsyncGenerator<ListEntry> {
  for (const prefix of ['b/', 'cat/', 'g/', 'i/', 'j/', 'l/', 'm/', 's/']) {
    for await (const page of pagesOf(context.bucket, { prefix, signal })) {
      for (const entry of page) if (!isTombstone(entry)) yield entry
    }
  }
}

async function* objectsOf(
  lines: AsyncIterable<string>,
): AsyncGenerator<{ readonly key: string; readonly size: number }> {
  for await (const line of lines) {
    const [key = '', size = ''] = line.split('\t')
    yield { key, size: Number(size) }
  }
}

/** Work that is done some pieces at a time. */
function inBatches(lanes = 16) {
  let waiting: (() => Promise<void>)[] = []
  async function flush(): Promise<void> {
    const batch = waiting
    waiting = []
    await mapBounded(batch, (piece) => piece(), lanes)
  }
  return {
    async add(piece: () => Promise<void>): Promise<void> {
      waiting.push(piece)
      if (waiting.length >= lanes * 4) await flush()
    },
    end: flush,
  }
}

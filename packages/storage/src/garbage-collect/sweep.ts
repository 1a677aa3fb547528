/**
 * G2 and G3: the second mark, and what it decides about condemned cells.
 * @module
 */
import { mapBounded } from '../bounded.ts'
import { contention, maxTurns } from '../context.ts'
import { readSession, writeSession } from '../upload-session.ts'
import { type Candidate, type CondemnableHeader, findingOf, isSubjectAlive } from './candidates.ts'
import { markManifests, markTags } from './mark.ts'
import { type MarkSet, markSet, onlyWanted } from './mark-set.ts'
import { forget, type Run } from './run.ts'
import { countsOf } from './suspects.ts'
import { dropTrash, type TrashEntry, writeTrash } from './trash.ts'

const lanes = 32

/**
 * Marks again, from scratch: a manifest written before is found now, one written later looks at its blobs when they are
 * condemned already. Then each candidate is set back to `live`, or ended.
 */
export async function sweep(run: Run, candidates: readonly Candidate[]): Promise<void> {
  const marked = await markAgain(run, candidates)
  let done = 0
  await mapBounded(
    candidates,
    async (candidate) => {
      const needed = marked.has(candidate.hi, candidate.lo, candidate.scope) || (await isSubjectAlive(run, candidate))
      const removed = needed ? await restore(run, candidate) : await end(run, candidate)
      const counts = countsOf(run, candidate.what)
      if (removed) counts.removed++
      else counts.rescued++
      if (removed) run.found(findingOf(candidate))
      run.progress('sweep', ++done, candidates.length)
    },
    lanes,
  )
}

/** G2, kept to the candidates. */
async function markAgain(run: Run, candidates: readonly Candidate[]): Promise<MarkSet> {
  const bytes = Number.MAX_SAFE_INTEGER
  const wanted = markSet({ bytes })
  for (const { hi, lo, scope } of candidates) wanted.add(hi, lo, scope)
  const marked = markSet({ bytes })
  const sink = onlyWanted(wanted, marked)
  await markManifests(run, sink, 'mark-again')
  if (candidates.some(({ what }) => what === 'manifest')) await markTags(run, sink, 'mark-again')
  return marked
}

/** Back to `live`, unless somebody else has changed it: then that one needs it, or has removed it. */
async function restore(run: Run, { key, version }: Candidate): Promise<false> {
  const { cells } = run.context
  const { signal } = run
  const seen = await cells.read<CondemnableHeader>(key, { signal })
  if (seen.version === version && seen.header !== undefined) {
    await cells.write({ key, version, header: { ...seen.header, st: 'live' }, payload: seen.payload }, { signal })
  }
  return false
}

/**
 * Ends the very version that was there before the second mark began. False when somebody needed it meanwhile: whoever
 * rescues a cell writes it, so that its version is another one.
 */
async function end(run: Run, candidate: Candidate): Promise<boolean> {
  const { cells } = run.context
  const { signal } = run
  const { what, key, version } = candidate
  const removed = what === 'blob' ? await endPointer(run, candidate) : await cells.bury(key, version, { signal })
  if (removed) forget(run, key)
  return removed
}

async function endPointer(run: Run, { key, version, digest, header }: Candidate): Promise<boolean> {
  const { cells } = run.context
  const { signal } = run
  const { x, key: object, size = 0 } = header
  if (x === undefined || object === undefined) return await cells.entomb(key, version, { signal })
  await fence(run, x)
  const bytes: TrashEntry = { digest, x, key: object, size }
  // Known to be written before the pointer dies: afterwards nothing else leads to the bytes.
  const trash = await writeTrash(run, bytes)
  // When this fails nobody knows whether it happened, so the entry stays, for a later run that sees what came of it.
  const removed = await cells.entomb(key, version, { signal })
  if (removed) run.counts.bytes.pending += size
  else await dropTrash(run, trash)
  return removed
}

/** From here on nobody publishes the bytes of session `x` again. Normally it is long gone. */
export async function fence({ context, signal }: Pick<Run, 'context' | 'signal'>, x: string): Promise<void> {
  for (let turn = 0; turn < maxTurns; turn++) {
    const { header, payload, version } = await readSession(context, x, { signal })
    if (header === undefined || header.st === 'discard') return
    const next = { ...header, st: 'discard' as const }
    if ((await writeSession(context, x, version, next, payload, { signal })) !== undefined) return
  }
  throw contention(`upload ${x}`)
}

/**
 * G4: bytes whose pointer is dead are deleted by a later run, when no replica remembers where they were and no URL leads
 * to them any more. Entries are named `<random>.<bytes>`, so that a LIST tells how much awaits deletion.
 * @module
 */
import { randomUUID } from 'node:crypto'
import type { Digest } from '@tsreg/oci'
import { mapBounded } from '../bounded.ts'
import type { ListEntry } from '../bucket/bucket.ts'
import { pagesOf } from '../listing.ts'
import { gcTrashPrefix } from '../paths.ts'
import { readPointer } from '../pointer.ts'
import { isOlder, type Run } from './run.ts'

export interface TrashEntry {
  readonly digest: Digest
  /** Session that wrote the bytes. */
  readonly x: string
  /** The object. */
  readonly key: string
  readonly size: number
}

const lanes = 32

/** Writes an entry under a key of its own, which no other entry ever has. */
export async function writeTrash(
  { context, signal }: Pick<Run, 'context' | 'signal'>,
  entry: TrashEntry,
): Promise<string> {
  const key = `${gcTrashPrefix}${randomUUID()}.${entry.size}`
  await context.bucket.put(key, Buffer.from(JSON.stringify(entry)), { signal })
  return key
}

export async function dropTrash({ context, signal }: Run, key: string): Promise<void> {
  await context.bucket.delete(key, { signal })
}

/**
 * Deletes what has been dead for `delayMs`, by the bucket's clock: the entry and the pointer are both at least so old. The
 * bytes left for a later run are counted as pending; a dry run counts all.
 */
export async function emptyTrash(run: Run, delayMs: number): Promise<void> {
  const { counts, context, signal } = run
  counts.bytes.pending = 0
  let done = 0
  for await (const page of pagesOf(context.bucket, { prefix: gcTrashPrefix, signal })) {
    await mapBounded(
      page,
      async (entry) => {
        const isDue = !run.dryRun && isOlder(run, entry.modifiedMs, delayMs)
        if (!isDue || !(await empty(run, entry, delayMs))) counts.bytes.pending += sizeOf(entry)
      },
      lanes,
    )
    done += page.length
    run.progress('trash', done)
  }
}

/** False: not yet. */
async function empty(run: Run, { key: entryKey }: ListEntry, delayMs: number): Promise<boolean> {
  const { context, signal } = run
  const cell = await context.bucket.read(entryKey, { signal })
  if (cell === undefined) return true
  const { digest, x, key, size } = JSON.parse(Buffer.from(cell.body).toString()) as TrashEntry
  const pointer = await readPointer(context, digest, { signal })
  const names = pointer.header?.x === x
  // The run that wrote the entry has not come to the pointer, or never will: whatever becomes of it, a later run sees it.
  if (names && pointer.header.st === 'cond') return false
  if (!names) {
    // It died later than its entry was written, perhaps much later.
    if (!isOlder(run, pointer.modifiedMs, delayMs)) return false
    await context.bucket.delete(key, { signal })
    run.counts.bytes.freed += size
  }
  await dropTrash(run, entryKey)
  return true
}

function sizeOf({ key }: ListEntry): number {
  return Number(key.slice(key.lastIndexOf('.') + 1)) || 0
}

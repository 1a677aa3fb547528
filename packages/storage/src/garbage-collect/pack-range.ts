/**
 * The packs of one range of keys, read in step with a LIST of the cells and written anew where cells came or went.
 *
 * Each pack is named by its first key and covers the keys up to the next pack. One that lost or won entries is replaced;
 * the others are left alone, so a collection writes as much as has changed, not as much as there is.
 * @module
 */

import { pagesOf } from '../listing.ts'
import { gcMarksPrefix } from '../paths.ts'
import { decodePack, encodePack, type PackEntry } from './pack.ts'
import type { Run } from './run.ts'

export interface PackRange {
  /** The first key that the pack being read does not cover; undefined: it covers all that follow. */
  readonly end: string | undefined
  /** Goes to the pack that covers the key; those before are finished. Keys must rise. */
  enter(key: string): Promise<void>
  /** What the pack has under the key; keys must rise and lie before `end`. */
  find(key: string): PackEntry | undefined
  /** Takes an entry over, in the order of keys; `isNew`: it was not {@link find found}. */
  keep(entry: PackEntry, isNew: boolean): Promise<void>
  /** Finishes the last pack. */
  close(): Promise<void>
}

/** Bytes of a pack when it is written; it grows to twice as much before it is split. */
const packBytes = 1024 * 1024

/** @param prefix of the cells. A dry run reads packs and writes none. */
export async function openPackRange(run: Run, prefix: string): Promise<PackRange> {
  const names = namesOf(run, prefix)
  const writer = packWriter(run)
  let end = await nextName()
  let entries: IterableIterator<PackEntry> = [].values()
  let upcoming: PackEntry | undefined

  async function nextName(): Promise<string | undefined> {
    const { value } = await names.next()
    return value as string | undefined
  }

  function advance(): void {
    upcoming = entries.next().value as PackEntry | undefined
  }

  async function load(name: string): Promise<void> {
    const { bucket, options } = run.context
    const cell = await bucket.read(gcMarksPrefix + name, { signal: run.signal })
    const decoded = cell === undefined ? undefined : decodePack(cell.body)
    writer.replace(name)
    if (decoded === undefined) {
      writer.change()
      options.onWarning(new Error(`${gcMarksPrefix}${name} is damaged`), 'garbage collection')
    }
    entries = decoded ?? [].values()
    advance()
  }

  async function enter(key: string): Promise<void> {
    while (end !== undefined && end <= key) {
      if (upcoming !== undefined) writer.change()
      await writer.finish('more follow')
      await load(end)
      end = await nextName()
    }
  }

  return {
    get end() {
      return end
    },

    enter,

    find(key) {
      while (upcoming !== undefined && upcoming.key < key) {
        writer.change()
        advance()
      }
      if (upcoming?.key !== key) return undefined
      const found = upcoming
      advance()
      return found
    },

    async keep(entry, isNew) {
      if (isNew) writer.change()
      await writer.add(entry)
    },

    async close() {
      await enter(`${prefix}\u{10ffff}`)
      if (upcoming !== undefined) writer.change()
      await writer.finish('last')
    },
  }
}

interface PackWriter {
  /** The pack is read now, and is to be replaced when something changes. */
  replace(name: string): void
  /** Something came or went. */
  change(): void
  add(entry: PackEntry): Promise<void>
  /** The pack that is read has been passed. */
  finish(where: 'more follow' | 'last'): Promise<void>
}

function packWriter({ context: { bucket }, signal, dryRun }: Run): PackWriter {
  let pending: PackEntry[] = []
  let pendingBytes = 0
  let changed = false
  let replaced: string[] = []
  let written = new Set<string>()

  async function write(count: number): Promise<void> {
    const [first] = pending
    if (first !== undefined && !dryRun) {
      await bucket.put(gcMarksPrefix + first.key, encodePack(pending.slice(0, count)), { signal })
      written.add(first.key)
    }
    pending = pending.slice(count)
    pendingBytes = pending.reduce((sum, { encoded }) => sum + encoded.length, 0)
  }

  function reset(): void {
    pending = []
    pendingBytes = 0
    changed = false
    replaced = []
    written = new Set()
  }

  return {
    replace(name) {
      replaced.push(name)
    },

    change() {
      changed = true
    },

    async add(entry) {
      pending.push(entry)
      pendingBytes += entry.encoded.length
      if (pendingBytes < 2 * packBytes) return
      // Half of it, so that what comes next does not leave a tiny pack behind a full one.
      let bytes = 0
      const last = pending.findIndex(({ encoded }) => {
        bytes += encoded.length
        return bytes >= packBytes
      })
      changed = true
      await write(last + 1)
    },

    async finish(where) {
      // A small rest joins the next pack, so that packs do not become ever smaller.
      if (changed && where === 'more follow' && pendingBytes < packBytes / 4) return
      if (changed) {
        await write(pending.length)
        for (const name of replaced) {
          if (!written.has(name) && !dryRun) await bucket.delete(gcMarksPrefix + name, { signal })
        }
      }
      reset()
    },
  }
}

async function* namesOf({ context, signal }: Run, prefix: string): AsyncGenerator<string> {
  for await (const page of pagesOf(context.bucket, { prefix: gcMarksPrefix + prefix, signal })) {
    for (const { key } of page) yield key.slice(gcMarksPrefix.length)
  }
}

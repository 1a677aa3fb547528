/**
 * Reads the whole store once and notes what claims what. The order decides: objects are listed first, then sessions, then
 * pointers are read, then the trash. An object was there before its session was looked for; an object without a session is
 * published already or never, so a pointer that names it is there to be read; and what a pointer ceased to name meanwhile
 * was entered in the trash before.
 * @module
 */
import { mapBounded } from '../bounded.ts'
import type { ListEntry } from '../bucket/bucket.ts'
import { type CellState, isTombstone } from '../cells.ts'
import { pagesOf } from '../listing.ts'
import { allLinks, allPointers, dataPrefix, gcTrashPrefix, sessionPrefix } from '../paths.ts'
import type { PointerHeader } from '../pointer.ts'
import { isSessionId } from '../upload-session.ts'
import { type Claim, encodeClaim } from './claims.ts'
import type { FsckPhase } from './report.ts'
import type { FsckRun } from './run.ts'
import { settleInline } from './settle-blob.ts'
import type { LineSorter } from './sorted-lines.ts'

/** What a scan fills. */
export interface Scan {
  readonly run: FsckRun
  /** `<key>\t<bytes>` of every object with bytes. */
  readonly objects: LineSorter
  /** Claims to objects. */
  readonly bytes: LineSorter
  /** Claims to cells and markers. */
  readonly cells: LineSorter
}

/** Shape of the keys of bytes. */
const objectKey = /^d\/[0-9a-f]{2}\/([0-9a-f-]{36})(?:\.[0-9a-z]{1,40})?$/

export async function scanObjects({ run, objects }: Scan): Promise<void> {
  for await (const { key, size } of entriesOf(run, 'objects', 'd/')) {
    const [, x = ''] = objectKey.exec(key) ?? []
    if (!isSessionId(x) || !key.startsWith(dataPrefix(x))) {
      const detail = 'no upload writes such a key'
      await run.found({ problem: 'object-foreign', key: printableKey(key), size, detail, repaired: false })
      continue
    }
    run.checked.objects++
    run.checked.objectBytes += size
    await objects.add(`${key}\t${size}`)
  }
}

export async function scanSessions({ run, bytes }: Scan): Promise<void> {
  for await (const { key } of entriesOf(run, 'sessions', sessionPrefix)) {
    const x = key.slice(sessionPrefix.length)
    if (!isSessionId(x)) {
      await unreadable(run, key, 'its name is not that of an upload')
      continue
    }
    run.checked.sessions++
    await bytes.add(encodeClaim({ needed: dataPrefix(x), kind: 'session', by: key, size: 0 }))
  }
}

export async function scanPointers(scan: Scan): Promise<void> {
  const { run, bytes } = scan
  await eachCell<PointerHeader>(
    run,
    { phase: 'pointers', prefix: allPointers },
    async ({ key }, { header, payload }) => {
      const isOne = isObject(header) && (header.key === undefined || objectKey.test(String(header.key)))
      if (!isOne || !Number.isSafeInteger(header.size)) return await unreadable(run, key, 'it is not a pointer')
      run.checked.pointers++
      if (header.key === undefined) await settleInline(run, key, { header, payload })
      else await bytes.add(encodeClaim({ needed: header.key, kind: 'pointer', by: key, size: header.size }))
    },
  )
}

export async function scanTrash({ run, bytes }: Scan): Promise<void> {
  for await (const page of pagesOf(run.context.bucket, { prefix: gcTrashPrefix, signal: run.signal })) {
    await mapBounded(page, async ({ key }) => {
      const cell = await run.context.bucket.read(key, { signal: run.signal })
      if (cell === undefined) return
      const needed = trashedObject(cell.body)
      if (needed === undefined) return await unreadable(run, key, 'it is not an entry of the trash')
      run.checked.trash++
      await bytes.add(encodeClaim({ needed, kind: 'trash', by: key, size: 0 }))
    })
    run.progress('trash', run.checked.trash)
  }
}

export async function scanLinks({ run, cells }: Scan): Promise<void> {
  for await (const entry of entriesOf(run, 'links', allLinks)) {
    if (isTombstone(entry)) continue
    const [, , algorithm = '', hex = ''] = entry.key.split('/')
    run.checked.links++
    await cells.add(encodeClaim({ needed: `b/${algorithm}/${hex}`, kind: 'link', by: entry.key, size: 0 }))
  }
}

/** Every entry with the prefix, told of page by page. */
export async function* entriesOf(run: FsckRun, phase: FsckPhase, prefix: string): AsyncGenerator<ListEntry> {
  let done = 0
  for await (const page of pagesOf(run.context.bucket, { prefix, signal: run.signal })) {
    for (const entry of page) {
      if (isPlain(entry.key)) yield entry
      else await unreadable(run, entry.key, 'its key holds what no key of ours does')
    }
    done += page.length
    run.progress(phase, done)
  }
}

/** Reads every live cell with the prefix; those that are none of ours are told of. */
export async function eachCell<H>(
  run: FsckRun,
  { phase, prefix }: { readonly phase: FsckPhase; readonly prefix: string },
  work: (entry: ListEntry, cell: CellState<H> & { readonly header: H }) => Promise<void>,
): Promise<void> {
  let done = 0
  for await (const page of pagesOf(run.context.bucket, { prefix, signal: run.signal })) {
    await mapBounded(page, async (entry) => {
      if (isTombstone(entry)) return
      if (!isPlain(entry.key)) return await unreadable(run, entry.key, 'its key holds what no key of ours does')
      const cell = await readCell<H>(run, entry.key)
      if (cell === 'unreadable') return await unreadable(run, entry.key, 'it has no header')
      if (cell.header !== undefined) await work(entry, { ...cell, header: cell.header })
    })
    done += page.length
    run.progress(phase, done)
  }
}

/** The cell as it is now. */
export async function readCell<H>({ context, signal }: FsckRun, key: string): Promise<CellState<H> | 'unreadable'> {
  try {
    return await context.cells.read<H>(key, { signal })
  } catch (error) {
    if (error instanceof SyntaxError) return 'unreadable'
    throw error
  }
}

export async function unreadable(run: FsckRun, key: string, detail: string): Promise<void> {
  await run.found({ problem: 'cell-unreadable', key: printableKey(key), size: 0, detail, repaired: false })
}

/** Notes that `by` needs each of the cells. */
export async function claimCells({ cells }: Scan, claim: Omit<Claim, 'needed' | 'size'>, needed: readonly string[]) {
  for (const key of needed) await cells.add(encodeClaim({ ...claim, needed: key, size: 0 }))
}

function trashedObject(body: Uint8Array): string | undefined {
  try {
    const { key } = JSON.parse(Buffer.from(body).toString())
    return typeof key === 'string' && objectKey.test(key) ? key : undefined
  } catch {
    return undefined
  }
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null
}

function isPlain(key: string): boolean {
  return /^[\x21-\x7e]+$/.test(key)
}

function printableKey(key: string): string {
  return isPlain(key) ? key : JSON.stringify(key)
}

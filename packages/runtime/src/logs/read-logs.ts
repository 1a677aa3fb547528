/**
 * What a container has said, and what it still says: its log from some place on, followed to its end.
 * @module
 */
import { type FileHandle, open } from 'node:fs/promises'
import { join } from 'node:path'
import { changeWithin, watchChanges } from '../containers/changes.ts'
import { readState } from '../containers/state.ts'
import { type LogRecord, parseRecord } from './record.ts'
import { findLastLines, type LogStart } from './scan.ts'

export interface LogOptions {
  /** Goes on with what comes, to the end of the container. @default false */
  readonly follow?: boolean | undefined
  /** Only the last so many lines of both streams together. @default all */
  readonly tail?: number | undefined
  /** Only what is not older, as `LogRecord.time`. */
  readonly since?: string | undefined
  /** Only what is not newer. */
  readonly until?: string | undefined
  readonly signal?: AbortSignal | undefined
}

const blockLimit = 64 * 1024
const newline = 0x0a

/**
 * The records in order, those that were read together in one piece: a block of the file at a time, and none is read before
 * the last one was taken. Ends when the container has ended, or is gone, and all that it said was given.
 * @param directory of the container
 */
export async function* readLogs(directory: string, options: LogOptions = {}): AsyncIterable<readonly LogRecord[]> {
  const file = await openLog(directory)
  if (file === undefined) return
  try {
    const { size } = await file.stat()
    const start = await startOf(file, size, options)
    yield* filtered(options.follow === true ? followed(directory, file, start, options) : records(file, start), options)
  } finally {
    await file.close()
  }
}

/** Undefined for a container that was never started. */
async function openLog(directory: string): Promise<FileHandle | undefined> {
  try {
    return await open(join(directory, 'log'))
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
}

async function startOf(file: FileHandle, size: number, { tail, until }: LogOptions): Promise<LogStart> {
  if (tail === undefined) return { stdout: 0, stderr: 0 }
  return findLastLines(file, tail, size, ({ time }) => until === undefined || time <= until)
}

async function* filtered(
  blocks: AsyncIterable<readonly LogRecord[]>,
  { since, until }: LogOptions,
): AsyncIterable<readonly LogRecord[]> {
  if (since === undefined && until === undefined) {
    yield* blocks
    return
  }
  for await (const block of blocks) {
    yield block.filter(({ time }) => (since === undefined || time >= since) && (until === undefined || time <= until))
    const last = block.at(-1)
    if (until !== undefined && last !== undefined && last.time > until) return
  }
}

async function* followed(
  directory: string,
  file: FileHandle,
  start: LogStart,
  { until, signal }: LogOptions,
): AsyncIterable<readonly LogRecord[]> {
  const reader = readerFrom(file, start)
  const changes = watchChanges(directory)
  try {
    for (;;) {
      signal?.throwIfAborted()
      const changed = changes.next()
      // Asked before the log is read: conmon writes all of it and says then that the container has ended.
      const { status } = await readState(directory)
      yield* reader.toEnd()
      if (status !== 'running' || isOver(until)) return
      await changeWithin(changed, { signal })
    }
  } finally {
    changes.close()
  }
}

function isOver(until: string | undefined): boolean {
  return until !== undefined && Date.parse(until) < Date.now()
}

function records(file: FileHandle, start: LogStart): AsyncIterable<readonly LogRecord[]> {
  return readerFrom(file, start).toEnd()
}

/** Reads from where it was to where the file ends now; the beginning of a record that is being written stays for later. */
function readerFrom(file: FileHandle, start: LogStart) {
  let position = Math.min(start.stdout, start.stderr)
  let rest: Buffer = Buffer.alloc(0)
  return {
    async *toEnd(): AsyncIterable<readonly LogRecord[]> {
      for (;;) {
        const { bytesRead, buffer } = await file.read(Buffer.allocUnsafe(blockLimit), 0, blockLimit, position)
        if (bytesRead === 0) return
        const offset = position - rest.length
        position += bytesRead
        const { block, left } = split(Buffer.concat([rest, buffer.subarray(0, bytesRead)]), offset, start)
        rest = left
        if (block.length > 0) yield block
      }
    },
  }
}

function split(bytes: Buffer, offset: number, start: LogStart) {
  const block: LogRecord[] = []
  let at = 0
  for (let end = bytes.indexOf(newline); end >= 0; end = bytes.indexOf(newline, at)) {
    const record = parseRecord(bytes.subarray(at, end))
    if (record !== undefined && offset + at >= start[record.stream]) block.push(record)
    at = end + 1
  }
  return { block, left: bytes.subarray(at) }
}

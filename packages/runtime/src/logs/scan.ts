/**
 * Where the last lines of a log begin, found from its end: what lies before them is not read, however long the log is.
 *
 * The two streams lie mixed in it, and a line may lie in pieces between those of the other stream. So each stream has a
 * place of its own from which its records count.
 * @module
 */
import type { FileHandle } from 'node:fs/promises'
import { type LogRecord, type LogStream, parseRecord } from './record.ts'

/** Offsets in the file: of each stream, the records from there on are wanted. */
export type LogStart = Readonly<Record<LogStream, number>>

const blockLimit = 64 * 1024
const newline = 0x0a

/**
 * @param count of lines, both streams together; an unfinished last line is one
 * @param size of the file that counts
 * @param wanted whether a record counts at all
 */
export async function findLastLines(
  file: FileHandle,
  count: number,
  size: number,
  wanted: (record: LogRecord) => boolean = () => true,
): Promise<LogStart> {
  const start = { stdout: size, stderr: size }
  /** Streams of which a wanted line is being read, from its end to its beginning. */
  const open = new Set<LogStream>()
  const seen = new Set<LogStream>()
  let lines = 0
  for await (const { record, offset, end } of recordsBackwards(file, size)) {
    if (!wanted(record)) continue
    const { stream } = record
    const endsOne = record.endsLine || !seen.has(stream)
    seen.add(stream)
    if (endsOne && lines < count) {
      lines += 1
      open.add(stream)
    } else if (endsOne) {
      if (open.delete(stream)) start[stream] = end
    }
    if (open.has(stream)) start[stream] = offset
    if (lines === count && open.size === 0) break
  }
  return start
}

interface PlacedRecord {
  readonly record: LogRecord
  readonly offset: number
  readonly end: number
}

/** What stands behind the last line end is being written, and left out. */
async function* recordsBackwards(file: FileHandle, size: number): AsyncIterable<PlacedRecord> {
  let rest: Buffer = Buffer.alloc(0)
  /** Offset of `rest`. */
  let at = size
  let end = -1
  while (at > 0) {
    const length = Math.min(blockLimit, at)
    at -= length
    rest = Buffer.concat([await readFully(file, at, length), rest])
    for (;;) {
      const lineEnd = rest.lastIndexOf(newline)
      if (lineEnd < 0) break
      if (end >= 0) yield* placed(rest.subarray(lineEnd + 1), at + lineEnd + 1, end)
      end = at + lineEnd + 1
      rest = rest.subarray(0, lineEnd)
    }
  }
  if (end >= 0) yield* placed(rest, 0, end)
}

function* placed(line: Buffer, offset: number, end: number): Iterable<PlacedRecord> {
  const record = parseRecord(line)
  if (record !== undefined) yield { record, offset, end }
}

async function readFully(file: FileHandle, position: number, length: number): Promise<Buffer> {
  const buffer = Buffer.allocUnsafe(length)
  let filled = 0
  while (filled < length) {
    const { bytesRead } = await file.read(buffer, filled, length - filled, position + filled)
    if (bytesRead === 0) return buffer.subarray(0, filled)
    filled += bytesRead
  }
  return buffer
}

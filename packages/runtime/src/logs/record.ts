/**
 * One record of a container's log, as conmon writes it (`--log-path k8s-file:`), a line each:
 *
 * ```
 * 2026-11-25T15:05:34.780818670+00:00 stdout P abc     a part of a line: its end comes with a later record
 * 2026-11-25T15:05:34.781419950+00:00 stdout F def     the end of a line
 * ```
 * @module
 */

export type LogStream = 'stdout' | 'stderr'

export interface LogRecord {
  readonly stream: LogStream
  /** In UTC with nine digits of the second, `2026-11-25T15:05:34.780818670Z`: times compare as texts. */
  readonly time: string
  /** Without the line's end. */
  readonly bytes: Uint8Array
  readonly endsLine: boolean
}

const [space, full] = [0x20, 0x46]

/** @param line without its end @returns undefined for what is no record: one that a full disk cut off */
export function parseRecord(line: Buffer): LogRecord | undefined {
  const timeEnd = line.indexOf(space)
  const stream = streamAt(line, timeEnd + 1)
  // "stdout" and "stderr" are of one length.
  const tagAt = timeEnd + 8
  if (timeEnd < 0 || stream === undefined || line.length < tagAt + 2) return undefined
  const time = utcOf(line.toString('latin1', 0, timeEnd))
  if (time === undefined) return undefined
  return { stream, time, bytes: line.subarray(tagAt + 2), endsLine: line[tagAt] === full }
}

function streamAt(line: Buffer, at: number): LogStream | undefined {
  const word = line.toString('latin1', at, at + 6)
  return word === 'stdout' || word === 'stderr' ? word : undefined
}

const timestamp = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)\.(\d{1,9})(Z|[+-]\d\d:\d\d)$/

/** conmon writes the time of the machine's zone. */
function utcOf(text: string): string | undefined {
  const [, seconds, fraction = '', zone = ''] = timestamp.exec(text) ?? []
  if (seconds === undefined) return undefined
  const digits = fraction.padEnd(9, '0')
  if (zone === 'Z' || zone === '+00:00') return `${seconds}.${digits}Z`
  return `${new Date(`${seconds}${zone}`).toISOString().slice(0, 19)}.${digits}Z`
}

/**
 * `tsreg logs`
 * @module
 */
import type { LogRecord, LogStream } from '@tsreg/runtime'
import { type Command, InvalidArgumentError } from 'commander'
import { containersDirectory } from '../containers.ts'
import type { Invocation } from '../invocation.ts'
import { parseMoment } from '../moment.ts'
import { writeBytes } from '../output/write-bytes.ts'
import { openSession } from '../session.ts'
import { withUnbuilt } from '../unbuilt.ts'
import { verb } from '../verb.ts'

interface Flags {
  readonly follow?: boolean
  readonly tail?: number | 'all'
  readonly timestamps?: boolean
  readonly since?: string
  readonly until?: string
}

export function logs(invocation: Invocation): Command {
  const command = verb('logs', 'Show what a container has said', [
    ['tsreg logs web', 'Its standard output on this one, its standard error on the other'],
    ['tsreg logs -f --tail 20 web', 'The last lines, and what comes until it ends'],
    ['tsreg logs -t --since 10m web', 'Of the last ten minutes, with the time of each line'],
  ])
    .argument('<container>', 'Name, ID or first digits of the ID')
    .option('-f, --follow', 'Go on with what comes, until the container ends')
    .option('-n, --tail <number>', 'Only the last so many lines, or all', linesOf)
    .option('-t, --timestamps', 'Show the time before each line')
    .option('--since <time>', 'Only from a time on: 10m ago, 2026-11-25T15:05:34Z, seconds since 1970')
    .option('--until <time>', 'Only up to a time')
  return withUnbuilt(command, { '--details': '' }).action(async (text: string, flags: Flags) => {
    const { findContainer, readLogs } = await import('@tsreg/runtime')
    const { signal } = invocation
    const moments = { since: momentOf(flags.since, '--since'), until: momentOf(flags.until, '--until') }
    await using session = await openSession(invocation)
    const directory = containersDirectory(session.config)
    const { record } = await findContainer(directory, text)
    const { follow } = flags
    const tail = flags.tail === 'all' ? undefined : flags.tail
    const printer = printerTo(invocation, flags.timestamps === true)
    for await (const records of readLogs(`${directory}/${record.id}`, { follow, tail, ...moments, signal })) {
      await printer.print(records)
      signal.throwIfAborted()
    }
  })
}

function linesOf(text: string): number | 'all' {
  if (text === 'all') return text
  if (/^\d{1,15}$/.test(text)) return Number(text)
  throw new InvalidArgumentError('It is a number of lines, or all.')
}

function momentOf(text: string | undefined, flag: string): string | undefined {
  return text === undefined ? undefined : parseMoment(text, flag, Date.now())
}

function printerTo(invocation: Invocation, timestamps: boolean) {
  const atLineStart = { stdout: true, stderr: true }
  const partsOf = ({ stream, time, bytes, endsLine }: LogRecord): readonly Uint8Array[] => {
    const begins = atLineStart[stream]
    atLineStart[stream] = endsLine
    return [...(timestamps && begins ? [Buffer.from(`${time} `)] : []), bytes, ...(endsLine ? [lineEnd] : [])]
  }
  return {
    /** What belongs to one stream in a row is written at once. */
    async print(records: readonly LogRecord[]): Promise<void> {
      for (let at = 0; at < records.length; ) {
        const stream: LogStream = records[at]?.stream ?? 'stdout'
        const parts: Uint8Array[] = []
        for (let record = records[at]; record?.stream === stream; record = records[at]) {
          parts.push(...partsOf(record))
          at += 1
        }
        await writeBytes(invocation[stream], Buffer.concat(parts), invocation.signal)
      }
    },
  }
}

const lineEnd = Buffer.from('\n')

/**
 * Progress of transfers: docker's lines, one per layer. On a terminal they are redrawn in place with a bar; elsewhere each
 * change of status is a line of its own; quiet, there is nothing.
 * @module
 */
import { humanSize } from '../human.ts'
import type { OutputStream } from '../invocation.ts'
import { printable } from './printable.ts'

/** How far a transfer is, in bytes. */
export interface Amount {
  readonly done: number
  readonly total: number
}

export interface Progress {
  /** Sets the status of the row `id`, with a bar when an amount is given. Rows appear in the order of their first status. */
  row(id: string, status: string, amount?: Amount): void
  /** Ends the rows so far and prints a line below them. */
  line(text: string): void
  /** Ends the rows. Nothing may be printed by others between the first row and this. */
  close(): void
}

export interface ProgressOptions {
  readonly quiet?: boolean | undefined
  readonly env?: Readonly<Record<string, string | undefined>>
}

export function createProgress(stream: OutputStream, options: ProgressOptions = {}): Progress {
  if (options.quiet) return { row() {}, line() {}, close() {} }
  return stream.isTTY && options.env?.TERM !== 'dumb' ? terminalProgress(stream) : plainProgress(stream)
}

function plainProgress(stream: OutputStream): Progress {
  const last = new Map<string, string>()
  return {
    row(id, status) {
      if (last.get(id) === status) return
      last.set(id, status)
      // A line per kind of step, not one per hundred bytes: what only a bar would show is left out.
      if (!transient.has(status)) stream.write(`${printable(`${id}: ${status}`)}\n`)
    },
    line: (text) => void stream.write(`${printable(text)}\n`),
    close() {},
  }
}

const transient = new Set(['Downloading', 'Extracting', 'Pushing', 'Waiting'])

const redrawMs = 60

function terminalProgress(stream: OutputStream): Progress {
  const rows = new Map<string, { readonly status: string; readonly amount: Amount | undefined }>()
  let drawn = 0
  let timer: NodeJS.Timeout | undefined

  function draw(final: boolean): void {
    clearTimeout(timer)
    timer = undefined
    const visible = final ? [...rows] : window([...rows], Math.max(1, (stream.rows ?? 24) - 1))
    const columns = stream.columns ?? 80
    const up = drawn === 0 ? '' : `\u001b[${drawn}A`
    const text = visible.map(([id, row]) => `\r\u001b[2K${rowText(id, row.status, row.amount, columns)}\n`).join('')
    stream.write(`${up}${text}\u001b[J`)
    drawn = final ? 0 : visible.length
  }

  function close(): void {
    if (rows.size > 0) draw(true)
    rows.clear()
  }

  return {
    row(id, status, amount) {
      rows.set(id, { status, amount })
      timer ??= setTimeout(() => draw(false), redrawMs).unref()
    },
    line(text) {
      close()
      stream.write(`${printable(text)}\n`)
    },
    close,
  }
}

/** Rows above the top of the terminal cannot be redrawn: when there are too many, those under way come first. */
function window<T extends readonly [string, { readonly amount: Amount | undefined }]>(rows: T[], limit: number): T[] {
  if (rows.length <= limit) return rows
  const active = rows.filter(([, row]) => row.amount !== undefined)
  const rest = rows.filter(([, row]) => row.amount === undefined)
  const chosen = new Set([...active, ...rest].slice(0, limit))
  return rows.filter((row) => chosen.has(row))
}

/** `a3ed95caeb02: Downloading [====>      ]  12.3MB/45.6MB`, cut to the width of the terminal. */
export function rowText(id: string, status: string, amount: Amount | undefined, columns: number): string {
  const text = printable(`${id}: ${status}`)
  if (amount === undefined) return text.slice(0, columns - 1)
  const numbers = `${humanSize(amount.done, 4).padStart(8)}/${humanSize(amount.total, 4)}`
  const width = Math.min(50, columns - text.length - numbers.length - 6)
  return (width < 5 ? `${text} ${numbers}` : `${text} [${bar(amount, width)}] ${numbers}`).slice(0, columns - 1)
}

function bar({ done, total }: Amount, width: number): string {
  const filled = total <= 0 ? width : Math.min(width, Math.floor((done / total) * width))
  const head = filled < width ? '>' : ''
  return `${'='.repeat(filled)}${head}`.padEnd(width).slice(0, width)
}

/** Ends the rows whatever happens, so that an error stands below them. */
export async function settle<T>(progress: Progress, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } finally {
    progress.close()
  }
}

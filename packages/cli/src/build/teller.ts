/**
 * Where the words of a build go: lines as they come, what commands print in between, or nothing until something fails.
 * @module
 */
import { Writable } from 'node:stream'
import type { BuildEvent } from '@tsreg/builder'
import { type Descriptor, shortId } from '@tsreg/oci'
import type { Invocation, OutputStream } from '../invocation.ts'
import { createProgress } from '../output/progress.ts'
import { type BuildStyle, buildLines } from './build-lines.ts'

export interface Teller {
  /** Gets everything that is told, pulls of base images included. */
  readonly stream: OutputStream
  readonly onEvent: (event: BuildEvent) => void
  /** A line of its own. */
  line(text: string): void
  /** For what commands print. */
  readonly output: Writable
  /** Ends what is being drawn; after a failure a quiet teller prints what it kept. */
  close(failed: boolean): void
}

export interface TellerOptions {
  readonly style: BuildStyle
  /** Nothing is printed unless the build fails. */
  readonly quiet: boolean
}

/** The end of what a quiet build has printed: the reason of a failure stands there. */
const keptBytes = 256 * 1024

export function createTeller({ stdout, stderr, env }: Invocation, { style, quiet }: TellerOptions): Teller {
  const kept = quiet ? new Tail(keptBytes) : undefined
  const stream: OutputStream = kept ?? stdout
  const progress = createProgress(stream, { env })
  const isTerminal = stream.isTTY === true && env.TERM !== 'dumb'
  const unpacking = new Set<string>()
  return {
    stream,
    line: (text) => progress.line(text),
    onEvent(event) {
      if (event.kind === 'unpacking' && isTerminal) {
        const { layer, done } = event
        // A layer that was in place already, or is in an instant, is not worth a row.
        if (!done && layer.size >= rowBytes) unpacking.add(layer.digest)
        if (unpacking.has(layer.digest)) progress.row(...unpackingRow(layer, event))
      }
      for (const line of buildLines(event, style)) progress.line(line)
    },
    output: new Writable({
      write(chunk, _encoding, done) {
        progress.close()
        // Waits while the reader is slower than the command.
        stream.write(chunk, done)
      },
    }),
    close(failed) {
      progress.close()
      if (failed && kept !== undefined) stderr.write(kept.text())
    },
  }
}

/** Smaller layers are unpacked before anybody could read of them. */
const rowBytes = 1_000_000

function unpackingRow(layer: Descriptor, { bytes, done }: { readonly bytes: number; readonly done: boolean }) {
  const amount = { done: bytes, total: layer.size }
  return [shortId(layer.digest), done ? 'Unpacked' : 'Extracting', done ? undefined : amount] as const
}

/** Keeps the last bytes that were written to it. */
class Tail extends Writable {
  readonly #limit: number
  #chunks: Buffer[] = []
  #bytes = 0

  constructor(limit: number) {
    super()
    this.#limit = limit
  }

  override _write(chunk: Buffer | string, _encoding: BufferEncoding, done: () => void): void {
    const bytes = Buffer.from(chunk)
    this.#chunks.push(bytes)
    this.#bytes += bytes.byteLength
    while (this.#bytes - (this.#chunks[0]?.byteLength ?? 0) > this.#limit) {
      this.#bytes -= this.#chunks.shift()?.byteLength ?? 0
    }
    done()
  }

  text(): string {
    return Buffer.concat(this.#chunks).toString('utf8')
  }
}

/**
 * Where content comes from and goes to: a file, or standard input and output for `-`.
 * @module
 */
import { createReadStream, createWriteStream } from 'node:fs'
import { rename, rm } from 'node:fs/promises'
import { Writable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type { Invocation } from '../invocation.ts'

/**
 * Writes the content to a file, or to standard output when `file` is undefined or `-`. The file appears whole or not at
 * all; what standard output got before a failure cannot be taken back.
 */
export async function writeContent(
  content: AsyncIterable<Uint8Array>,
  file: string | undefined,
  { stdout, signal }: Invocation,
): Promise<void> {
  if (file === undefined || file === '-') {
    await pipeline(content, keptOpen(stdout), { signal })
    return
  }
  const temporary = `${file}.${process.pid}.tmp`
  try {
    await pipeline(content, createWriteStream(temporary), { signal })
    await rename(temporary, file)
  } catch (error) {
    await rm(temporary, { force: true })
    throw error
  }
}

/** Opens a file, or standard input for `-`. */
export function openInput(file: string, { stdin }: Pick<Invocation, 'stdin'>): AsyncIterable<Uint8Array> {
  return file === '-' ? stdin : createReadStream(file)
}

/** All of an input of at most `limitBytes`. @throws RangeError when there is more. */
export async function readInput(
  file: string,
  limitBytes: number,
  invocation: Pick<Invocation, 'stdin'>,
): Promise<Uint8Array> {
  const chunks: Uint8Array[] = []
  let size = 0
  for await (const chunk of openInput(file, invocation)) {
    size += chunk.byteLength
    if (size > limitBytes) throw new RangeError(`${file} is larger than ${limitBytes} bytes`)
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}

/** The stream as one whose end does not end it: others may print after the content. */
function keptOpen(stream: Writable): Writable {
  return new Writable({
    write: (chunk, _, done) => void stream.write(chunk, (error) => done(error)),
  })
}

/**
 * Content without its compression, told by its first bytes. gzip and zstd are Node's; bzip2 and xz are left to the programs
 * of these names.
 * @module
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { pipeline } from 'node:stream/promises'
import { ImageError } from '@tsreg/image'
import { decompress } from '@tsreg/image/layer'
import type { OperationOptions } from '@tsreg/oci/content'
import { BuilderError } from '../errors.ts'

type Content = () => AsyncIterable<Uint8Array>

/** A factory, as `content` is one. @throws when read: PROGRAM_MISSING, ARCHIVE_INVALID */
export function decompressAny(content: Content, beginning: Uint8Array, options: OperationOptions = {}): Content {
  const starts = (...magic: readonly number[]) => magic.every((byte, at) => beginning[at] === byte)
  if (starts(0x1f, 0x8b)) return () => decompress(content(), 'gzip', options)
  if (starts(0x28, 0xb5, 0x2f, 0xfd)) return () => decompress(content(), 'zstd', options)
  if (starts(0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00)) return () => throughProgram(content(), 'xz', [xzMemory], options)
  if (starts(0x42, 0x5a, 0x68)) return () => throughProgram(content(), 'bzip2', [], options)
  return content
}

/** The largest of xz's own levels takes 65 MiB; a header can ask for 4 GiB. */
const xzMemory = '--memlimit-decompress=256MiB'

async function* throughProgram(
  content: AsyncIterable<Uint8Array>,
  program: string,
  flags: readonly string[],
  { signal }: OperationOptions,
): AsyncGenerator<Uint8Array, void, undefined> {
  const child = spawn(program, ['-dc', ...flags], { stdio: ['pipe', 'pipe', 'ignore'] })
  const started = once(child, 'spawn').catch((cause: unknown) => {
    throw new BuilderError('PROGRAM_MISSING', `an archive compressed by ${program} needs the program ${program}`, {
      detail: { program },
      advice: `install ${program}, or compress the archive by gzip`,
      cause,
    })
  })
  const ended = once(child, 'close')
  try {
    await started
    // A program that has seen enough closes its input; how it ends says whether that was right.
    pipeline(content, child.stdin, signal === undefined ? {} : { signal }).catch(() => {})
    yield* child.stdout
    const [status] = await ended
    signal?.throwIfAborted()
    if (status !== 0) {
      throw new ImageError('ARCHIVE_INVALID', `the ${program} data is damaged`, { detail: { program, status } })
    }
  } finally {
    ended.catch(() => {})
    child.kill('SIGKILL')
  }
}

/**
 * How content is compressed, told by its first bytes and never by its name.
 * @module
 */
import type { Transform } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { createGunzip, createZstdDecompress } from 'node:zlib'
import { ImageError } from '../errors.ts'

export type Compression = 'none' | 'gzip' | 'zstd'

/** The default of 16 KiB halves the throughput. */
const chunkSize = 256 * 1024

/**
 * @param beginning at least the first six bytes, or all there are.
 * @throws ARCHIVE_UNSUPPORTED for xz and bzip2
 */
export function detectCompression(beginning: Uint8Array): Compression {
  const starts = (...magic: readonly number[]) => magic.every((byte, at) => beginning[at] === byte)
  if (starts(0x1f, 0x8b)) return 'gzip'
  if (starts(0x28, 0xb5, 0x2f, 0xfd)) return 'zstd'
  if (starts(0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00)) throw unsupported('xz')
  if (starts(0x42, 0x5a, 0x68)) throw unsupported('bzip2')
  return 'none'
}

/**
 * The content without its compression, in chunks of bounded size however well it was compressed.
 * @throws ARCHIVE_INVALID for damaged or truncated content
 */
export function decompress(
  content: AsyncIterable<Uint8Array>,
  compression: Compression,
  options: { readonly signal?: AbortSignal | undefined } = {},
): AsyncIterable<Uint8Array> {
  if (compression === 'none') return content
  const transform = compression === 'gzip' ? createGunzip({ chunkSize }) : createZstdDecompress({ chunkSize })
  return through(content, transform, options, (error) => {
    if (!/^(Z_|ERR__?Z|ZSTD_)/.test((error as NodeJS.ErrnoException).code ?? '')) return error
    const message = `the ${compression} data is damaged: ${(error as Error).message}`
    return new ImageError('ARCHIVE_INVALID', message, { detail: { compression }, cause: error })
  })
}

async function* through(
  content: AsyncIterable<Uint8Array>,
  transform: Transform,
  { signal }: { readonly signal?: AbortSignal | undefined },
  explain: (error: unknown) => unknown,
): AsyncGenerator<Uint8Array, void, undefined> {
  const piped = pipeline(content, transform, signal === undefined ? {} : { signal })
  // Its failure also ends the transform, where it is thrown to whoever reads.
  piped.catch(() => {})
  try {
    yield* transform
    await piped
  } catch (error) {
    signal?.throwIfAborted()
    throw explain(error)
  } finally {
    transform.destroy()
  }
}

function unsupported(name: string): ImageError {
  return new ImageError(
    'ARCHIVE_UNSUPPORTED',
    `content compressed by ${name} is not supported; supported are gzip and zstd`,
    {
      detail: { compression: name },
      advice: `decompress it first, or compress it by gzip or zstd`,
    },
  )
}

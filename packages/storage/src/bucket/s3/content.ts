/**
 * Bodies of requests: signed with their SHA-256, so that the server refuses and does not store what arrives otherwise.
 * @module
 */
import { createHash } from 'node:crypto'
import { Readable } from 'node:stream'

/** A body that can be sent again. */
export interface SignedContent {
  readonly size: number
  /** For `x-amz-content-sha256`: lower-case hexadecimal. */
  readonly sha256: string
  /** What the SDK takes as `Body`, new for each try. */
  body(): Uint8Array | Readable
}

/** Bodies of more pieces are put together up to so many bytes, and streamed beyond. */
const joinedBytes = 64 * 1024

/** @param chunks stay as they are until the request has ended */
export function signedContent(chunks: readonly Uint8Array[]): SignedContent {
  const hash = createHash('sha256')
  let size = 0
  for (const chunk of chunks) {
    hash.update(chunk)
    size += chunk.byteLength
  }
  const whole = chunks.length === 1 ? chunks[0] : size <= joinedBytes ? Buffer.concat(chunks) : undefined
  return {
    size,
    sha256: hash.digest('hex'),
    body: () => (whole === undefined ? Readable.from(chunks, { objectMode: false }) : whole),
  }
}

/** The part of a command that {@link signed} needs. */
interface CommandWithStack {
  readonly middlewareStack: {
    add(
      middleware: (
        next: (args: { request: unknown }) => Promise<unknown>,
      ) => (args: { request: unknown }) => Promise<unknown>,
      options: { readonly step: 'build'; readonly name: string },
    ): void
  }
}

/** The command, its body signed as what it is instead of as "anything". */
export function signed<C>(command: C, { sha256 }: SignedContent): C {
  const { middlewareStack } = command as unknown as CommandWithStack
  middlewareStack.add(
    (next) => (args) => {
      const { headers } = args.request as { headers: Record<string, string> }
      headers['x-amz-content-sha256'] = sha256
      return next(args)
    },
    { step: 'build', name: 'signContent' },
  )
  return command
}

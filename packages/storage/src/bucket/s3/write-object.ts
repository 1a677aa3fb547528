/**
 * Streaming an object into the bucket: one request while it is small, in parts beyond; at most two parts are in memory.
 * @module
 */
import { OciError } from '@tsreg/oci'
import type { OperationOptions } from '@tsreg/oci/content'
import { abortable } from '../abortable.ts'
import type { MultipartUpload, Part, WriteObjectOptions, WriteOutcome } from '../bucket.ts'
import { checkSize } from '../check-arguments.ts'
import { conditionsUnsupported, putObject } from './conditional-write.ts'
import { signedContent } from './content.ts'
import type { S3Context } from './context.ts'
import { startMultipart } from './multipart.ts'
import { partSizeFor } from './part-size.ts'

/** Two parts of the smallest size are within what one upload may hold; of larger ones only one is. */
const maxHeldBytes = 20_000_000
/** Clearing away a failed upload has a limit of its own: its client may be gone. */
const abortTimeoutMs = 30_000

export async function writeObject(
  s3: S3Context,
  key: string,
  content: AsyncIterable<Uint8Array>,
  options: WriteObjectOptions,
): Promise<WriteOutcome> {
  const { signal, size, metadata = {}, ...condition } = options
  const isConditional = condition.ifAbsent === true || condition.ifMatch !== undefined
  if (isConditional && !s3.found.cas) throw conditionsUnsupported(key)
  const partSize = partSizeFor(size, s3)
  const pieces = pieceReader(abortable(content, signal), { key, size, partSize })
  try {
    const first = await pieces.next()
    if (pieces.isEnd()) {
      signal?.throwIfAborted()
      return await putObject(s3, key, signedContent(first), { ...condition, metadata, signal })
    }
    const expected = size === undefined ? {} : { expectedBytes: size }
    const upload = await startMultipart(s3, key, { ...expected, metadata, signal })
    try {
      const parts = await uploadParts(upload, { first, pieces, signal })
      return { ok: true, etag: await upload.complete(parts, { ...condition, signal }) }
    } catch (error) {
      await upload.abort({ signal: AbortSignal.timeout(abortTimeoutMs) }).catch(() => {})
      if (isConditional && error instanceof OciError && error.code === 'PRECONDITION_FAILED') return { ok: false }
      throw error
    }
  } finally {
    await pieces.close()
  }
}

interface PartsOptions extends OperationOptions {
  readonly first: readonly Uint8Array[]
  readonly pieces: PieceReader
}

async function uploadParts(upload: MultipartUpload, { first, pieces, signal }: PartsOptions): Promise<Part[]> {
  const parts: Part[] = []
  const overlap = 2 * upload.partSize <= maxHeldBytes
  let piece = first
  for (let number = 1; ; number += 1) {
    const sending = upload.part(number, piece, { signal })
    if (!overlap || pieces.isEnd()) parts.push(await sending)
    if (pieces.isEnd()) return parts
    const [next] = overlap ? await both(pieces.next(), sending, parts) : [await pieces.next()]
    if (next.length === 0) return parts
    piece = next
  }
}

/** Reads on while a part is sent; a failure of either is thrown when both have ended. */
async function both(
  reading: Promise<readonly Uint8Array[]>,
  sending: Promise<Part>,
  parts: Part[],
): Promise<[readonly Uint8Array[]]> {
  const [read, sent] = await Promise.allSettled([reading, sending])
  if (read.status === 'rejected') throw read.reason
  if (sent.status === 'rejected') throw sent.reason
  parts.push(sent.value)
  return [read.value]
}

interface PieceReader {
  /** The next `partSize` bytes, or what is left. */
  next(): Promise<readonly Uint8Array[]>
  /** True when nothing comes after what {@link next} returned. */
  isEnd(): boolean
  close(): Promise<void>
}

interface PieceOptions {
  readonly key: string
  /** What was announced. */
  readonly size: number | undefined
  readonly partSize: number
}

/** Cuts content into pieces of one size, whatever its chunks are. @throws SIZE_INVALID when it has another size than announced */
function pieceReader(content: AsyncGenerator<Uint8Array>, { key, size, partSize }: PieceOptions): PieceReader {
  let received = 0
  let ended = false
  let rest: Uint8Array | undefined

  async function pull(): Promise<Uint8Array | undefined> {
    const chunk = rest ?? (await content.next()).value
    rest = undefined
    if (chunk === undefined) {
      ended = true
      checkSize(key, size, received)
    }
    return chunk || undefined
  }

  return {
    isEnd: () => ended,
    async next() {
      const chunks: Uint8Array[] = []
      let missing = partSize
      while (missing > 0) {
        const chunk = await pull()
        if (chunk === undefined) return chunks
        const used = chunk.subarray(0, missing)
        if (used.byteLength < chunk.byteLength) rest = chunk.subarray(missing)
        missing -= used.byteLength
        received += used.byteLength
        if (size !== undefined && received > size) checkSize(key, size, received)
        chunks.push(used)
      }
      // A piece that ends with the content is the last one: that is worth knowing before an upload in parts begins.
      rest ??= await pull()
      return chunks
    },
    async close() {
      await content.return(undefined)
    },
  }
}

/**
 * Request bodies: opened only when they are wanted, streamed, or read whole up to a limit.
 * @module
 */
import { OciError } from '@tsreg/oci'
import type { Exchange } from '../exchange.ts'

/**
 * The bytes of the request as they come. Tells a waiting client to go on. Leaving the iteration early keeps the
 * connection, so that the reason can be answered.
 */
export function openBody(exchange: Exchange): AsyncIterable<Uint8Array> {
  const { request, response } = exchange
  if (exchange.expectsContinue && !exchange.bodyOpened) response.writeContinue()
  exchange.bodyOpened = true
  return request.iterator({ destroyOnReturn: false })
}

/** The `Content-Length`; undefined when the body is chunked. */
export function announcedSize({ request }: Exchange): number | undefined {
  if (request.headers['transfer-encoding'] !== undefined) return undefined
  return Number(request.headers['content-length'] ?? 0)
}

/** The whole body. Stops at the limit: what comes after it is never kept. @throws MANIFEST_TOO_LARGE */
export async function readBody(exchange: Exchange, limit: number): Promise<Uint8Array> {
  const announced = announcedSize(exchange)
  if (announced !== undefined && announced > limit) throw tooLarge(limit, announced)
  const chunks: Uint8Array[] = []
  let size = 0
  for await (const chunk of openBody(exchange)) {
    size += chunk.byteLength
    if (size > limit) throw tooLarge(limit)
    chunks.push(chunk)
  }
  const [first] = chunks
  return chunks.length === 1 && first !== undefined ? first : Buffer.concat(chunks, size)
}

function tooLarge(limit: number, size?: number): OciError {
  const received = size === undefined ? 'more' : `${size} bytes`
  return new OciError(
    'MANIFEST_TOO_LARGE',
    `the manifest has ${received}; this registry takes at most ${limit} bytes`,
    {
      detail: { limit, ...(size === undefined ? {} : { size }) },
    },
  )
}

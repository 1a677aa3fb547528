/**
 * Request bodies: opened only when they are wanted, streamed, or read whole up to a limit.
 * @module
 */
import { OciError } from '@tsreg/oci'
import type { Exchange } from '../exchange.ts'
import { takeOverBody } from './large-body.ts'

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

/**
 * As {@link openBody}, for a consumer that is done with a chunk when it asks for the next one, as the appends of an upload
 * are. Large bodies are read past Node's parser where that is possible; of others the memory of each chunk is given back
 * at once: left to the garbage collector it would be the whole working set, cold memory for every byte that comes, and
 * the reason for most collections.
 *
 * Nothing happens before the first chunk is asked for: an upload may be refused, or found complete, without it.
 */
export function openUploadBody(exchange: Exchange): AsyncIterable<Uint8Array> {
  let chunks: AsyncIterator<Uint8Array> | undefined
  return {
    [Symbol.asyncIterator]: () => ({
      next() {
        chunks ??= takeBody(exchange)[Symbol.asyncIterator]()
        return chunks.next()
      },
      return: async () => (await chunks?.return?.()) ?? { done: true, value: undefined },
    }),
  }
}

function takeBody(exchange: Exchange): AsyncIterable<Uint8Array> {
  const { request, response, expectsContinue } = exchange
  if (!exchange.bodyOpened) exchange.largeBody = takeOverBody(request, response)
  if (exchange.largeBody === undefined) return freeingChunks(openBody(exchange))
  if (expectsContinue) response.writeContinue()
  exchange.bodyOpened = true
  return exchange.largeBody
}

function freeingChunks(body: AsyncIterable<Uint8Array>): AsyncIterable<Uint8Array> {
  const chunks = body[Symbol.asyncIterator]()
  let last: Uint8Array | undefined
  return {
    [Symbol.asyncIterator]: () => ({
      async next() {
        if (last !== undefined) freeMemory(last)
        const result = await chunks.next()
        last = result.done === true ? undefined : result.value
        return result
      },
      return: async () => (await chunks.return?.()) ?? { done: true, value: undefined },
    }),
  }
}

/** Detaches the buffer of a chunk that is alone in it; slices of Node's pool stay. */
function freeMemory({ buffer, byteLength }: Uint8Array): void {
  if (buffer instanceof ArrayBuffer && buffer.byteLength === byteLength) buffer.transfer(0)
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

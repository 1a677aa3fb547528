/**
 * Blobs (distribution-spec main, end-2 and end-10), with ranges (RFC 9110 section 14).
 * @module
 */
import { type Digest, OciError, parseDigest } from '@tsreg/oci'
import { formatContentRange, formatUnsatisfiedRange, parseRange } from '@tsreg/oci/distribution'
import type { Exchange } from '../exchange.ts'
import type { Endpoint } from '../middleware/authorize.ts'
import { send } from '../reply.ts'
import { sendStream } from '../send-stream.ts'
import { isUnchanged, repositoryOf } from './parameters.ts'
import { toDelete, toPull } from './rights.ts'

const octets = 'application/octet-stream'
/** A digest never names other bytes. */
const forever = 'max-age=31536000, immutable'

/** HEAD: size and digest, no storage is read but the pointers. A `Range` means nothing here. */
export const headBlob: Endpoint = {
  access: toPull,
  async handle(exchange) {
    const { digest, size } = await repositoryOf(exchange).blobs.stat(digestOf(exchange))
    const headers = blobHeaders(digest)
    if (isUnchanged(exchange.request.headers['if-none-match'], digest)) return send(exchange, 304, headers)
    headers.push('Content-Type', octets)
    return sendStream(exchange, 200, headers, { size, stream: undefined })
  },
}

export const getBlob: Endpoint = {
  access: toPull,
  async handle(exchange) {
    const { blobs } = repositoryOf(exchange)
    const { digest, size } = await blobs.stat(digestOf(exchange))
    const headers = blobHeaders(digest)
    if (isUnchanged(exchange.request.headers['if-none-match'], digest)) return send(exchange, 304, headers)
    const url = await signedUrl(exchange, digest)
    if (url !== undefined) {
      return send(exchange, 307, ['Location', url, 'Docker-Content-Digest', digest, 'Cache-Control', 'no-store'])
    }
    const range = rangeOf(exchange, digest, size)
    headers.push('Content-Type', octets)
    if (range === undefined) {
      const stream = await blobs.open(digest, { signal: exchange.signal })
      return sendStream(exchange, 200, headers, { size, stream })
    }
    const stream = await blobs.open(digest, { signal: exchange.signal, range })
    headers.push('Content-Range', formatContentRange(range.start, range.end, size))
    return sendStream(exchange, 206, headers, { size: range.end - range.start + 1, stream })
  },
}

export const deleteBlob: Endpoint = {
  access: toDelete,
  async handle(exchange) {
    const { config } = exchange.services
    await repositoryOf(exchange).blobs.delete(digestOf(exchange), { force: config.allowReferencedBlobDelete })
    send(exchange, 202, [])
  },
}

function digestOf({ route }: Exchange): Digest {
  return parseDigest(route?.kind === 'blob' ? route.digest : '')
}

function blobHeaders(digest: Digest): string[] {
  return ['Docker-Content-Digest', digest, 'ETag', `"${digest}"`, 'Accept-Ranges', 'bytes', 'Cache-Control', forever]
}

async function signedUrl(exchange: Exchange, digest: Digest): Promise<string | undefined> {
  const { redirects, redirectSeconds } = exchange.services.config
  if (!redirects) return undefined
  return repositoryOf(exchange).blobs.signedUrl(digest, { expiresSeconds: redirectSeconds, signal: exchange.signal })
}

/** @throws RANGE_INVALID, answered 416 with the size */
function rangeOf(exchange: Exchange, digest: Digest, size: number): { start: number; end: number } | undefined {
  const { headers } = exchange.request
  const ifRange = headers['if-range']
  if (ifRange !== undefined && ifRange !== `"${digest}"`) return undefined
  const range = parseRange(headers.range, size)
  if (range.kind === 'range') return range
  if (range.kind === 'none') return undefined
  exchange.errorHeaders = ['Content-Range', formatUnsatisfiedRange(size), 'Accept-Ranges', 'bytes']
  throw new OciError('RANGE_INVALID', `the range ${headers.range} lies outside of the ${size} bytes of ${digest}`, {
    detail: { digest, size, range: headers.range },
  })
}

/**
 * Reads off the head of an answer which part of the content follows, and catches servers that lie about it.
 * @module
 */
import { parseMediaType } from '@tsreg/oci'
import { parseContentRange } from '@tsreg/oci/distribution'
import { ClientError } from '../errors.ts'
import { header, type RegistryResponse, requestIdOf } from '../transport/dispatch.ts'

export interface ExpectedPart {
  readonly operation: string
  readonly mediaType: string
  /** Bytes of the whole content. */
  readonly size: number
  /** The first byte that was asked for. */
  readonly position: number
}

/**
 * Index of the first byte of the body: the position for a 206, 0 for a 200, from which the caller skips.
 * @throws ClientError PROTOCOL when the answer is about other bytes, another size, or is a web page.
 */
export function firstByteOf(response: RegistryResponse, expected: ExpectedPart): number {
  const { operation, size } = expected
  const type = parseMediaType(header(response, 'content-type'))
  if (type === 'text/html' && !expected.mediaType.startsWith('text/')) {
    throw lie(response, `${operation}: the server sent a web page in place of the content`)
  }
  const length = header(response, 'content-length')
  const first = response.status === 206 ? startOfRange(response, expected) : 0
  if (length !== undefined && first + Number(length) > size) {
    throw lie(response, `${operation}: the server announces ${first + Number(length)} bytes, described are ${size}`)
  }
  if (response.status !== 206 && length !== undefined && Number(length) !== size) {
    throw lie(response, `${operation}: the server announces ${Number(length)} bytes, described are ${size}`)
  }
  return first
}

function startOfRange(response: RegistryResponse, { operation, size, position }: ExpectedPart): number {
  const text = header(response, 'content-range') ?? ''
  const range = readRange(text)
  if (range?.start === position && (range.size === undefined || range.size === size)) return position
  throw lie(
    response,
    `${operation}: asked for the bytes from ${position} on of ${size}, the server sends ${JSON.stringify(text.slice(0, 100))}`,
  )
}

function readRange(text: string) {
  try {
    return parseContentRange(text)
  } catch {
    return undefined
  }
}

function lie(response: RegistryResponse, what: string): ClientError {
  return new ClientError('PROTOCOL', what, {
    host: response.url.host,
    status: response.status,
    requestId: requestIdOf(response),
  })
}

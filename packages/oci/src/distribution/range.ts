/**
 * The three kinds of ranges: `Range` of a download (RFC 9110, section 14), `Content-Range` of its answer, and the
 * plain `a-b` of uploads (distribution-spec main, "Pushing a blob in chunks"). All bounds are inclusive.
 * @module
 */
import { OciError } from '../errors.ts'

/** What a `Range` header asks of content: nothing, one part of it, or a part that it does not have. */
export type ByteRangeResult =
  | { readonly kind: 'none' }
  | { readonly kind: 'range'; readonly start: number; readonly end: number }
  | { readonly kind: 'unsatisfiable' }

const none: ByteRangeResult = { kind: 'none' }
const unsatisfiable: ByteRangeResult = { kind: 'unsatisfiable' }

/**
 * A header that is no byte range, or that names several, is ignored, as the RFC allows. A range that begins beyond
 * the content, or ends before it begins, cannot be satisfied (416). An end beyond the content is clipped.
 * @param size bytes of the whole content.
 */
export function parseRange(header: string | undefined, size: number): ByteRangeResult {
  if (header === undefined || header.length > 100) return none
  const match = /^bytes[ \t]*=[ \t]*(\d*)-(\d*)[ \t]*$/i.exec(header)
  const [, first = '', last = ''] = match ?? []
  if (match === null || (first === '' && last === '')) return none
  if (first === '') {
    const length = Math.min(Number(last), size)
    return length === 0 ? unsatisfiable : { kind: 'range', start: size - length, end: size - 1 }
  }
  const start = Number(first)
  const end = last === '' ? size - 1 : Math.min(Number(last), size - 1)
  return start > end ? unsatisfiable : { kind: 'range', start, end }
}

/** `bytes 0-99/1000`, the `Content-Range` of a 206. */
export function formatContentRange(start: number, end: number, size: number): string {
  return `bytes ${start}-${end}/${size}`
}

/** The `Content-Range` of a 416: it tells the size. */
export function formatUnsatisfiedRange(size: number): string {
  return `bytes */${size}`
}

/** A part of content, whose whole size may be untold. */
export interface ContentRange {
  readonly start: number
  readonly end: number
  readonly size?: number
}

/** Reads the `Content-Range` of a 206. @throws RANGE_INVALID when it has another form or its numbers disagree. */
export function parseContentRange(header: string): ContentRange {
  const match = /^bytes[ \t]+(\d{1,16})-(\d{1,16})\/(?:(\d{1,16})|\*)$/i.exec(header.slice(0, 100).trim())
  const start = Number(match?.[1])
  const end = Number(match?.[2])
  const size = match?.[3] === undefined ? undefined : Number(match[3])
  if (match === null || !areOrdered(start, end, size)) {
    throw invalid('Content-Range', header, 'bytes <first>-<last>/<size>')
  }
  return { start, end, ...(size === undefined ? {} : { size }) }
}

/** Reads the `Content-Range` of a PATCH or PUT: `a-b` without unit and size. @throws RANGE_INVALID */
export function parseUploadRange(header: string): { readonly start: number; readonly end: number } {
  const match = /^(\d{1,16})-(\d{1,16})$/.exec(header.slice(0, 100))
  const start = Number(match?.[1])
  const end = Number(match?.[2])
  if (match === null || !areOrdered(start, end)) throw invalid('Content-Range', header, '<first>-<last>')
  return { start, end }
}

/** The `Range` header that tells how far an upload has come: `0-<last>`, and `0-0` also when it is empty. */
export function formatUploadRange(offset: number): string {
  return `0-${Math.max(0, offset - 1)}`
}

/**
 * How many bytes a registry has, out of the `Range` header of its answer: `0-99` is 100. `0-0` may be one byte or none;
 * it is read as one, and who has sent none knows better.
 * @throws RANGE_INVALID
 */
export function parseUploadedRange(header: string): number {
  const match = /^(?:bytes=)?0-(\d{1,16})$/i.exec(header.slice(0, 100).trim())
  const last = Number(match?.[1])
  if (match === null || !Number.isSafeInteger(last + 1)) throw invalid('Range', header, '0-<last>')
  return last + 1
}

function areOrdered(start: number, end: number, size = Number.MAX_SAFE_INTEGER): boolean {
  return Number.isSafeInteger(size) && start <= end && end < size
}

function invalid(name: string, header: string, expected: string): OciError {
  const received = header.slice(0, 100)
  return new OciError('RANGE_INVALID', `${name} ${JSON.stringify(received)} is not of the form "${expected}"`, {
    detail: { received, expected },
  })
}

/**
 * Pushing one blob, in every way the protocol has, and going on with an upload that a crash interrupted.
 * @module
 */

import { type Answer, ConnectionLost, type ExchangeOptions, exchange } from '../../harness/exchange.ts'
import type { Random } from '../../harness/random.ts'
import { assertEqual, assertThat } from '../../harness/report.ts'
import type { Blob } from './content.ts'

/** Where requests of one pusher go. */
export interface Connection {
  /** `http://127.0.0.1:<port>` */
  readonly origin: string
  readonly agent: NonNullable<ExchangeOptions['agent']>
}

export type Way = 'monolithic' | 'single' | 'chunked' | 'streamed'

export const ways: readonly Way[] = ['monolithic', 'single', 'chunked', 'streamed']

/** An upload that a crash interrupted after the server had acknowledged `offset` bytes of it. */
export interface InterruptedUpload {
  readonly repository: string
  readonly blob: Blob
  readonly location: string
  readonly offset: number
  /** The closing PUT had been sent: the blob may be complete, and the session gone. */
  readonly closing: boolean
}

/** Thrown when the connection is lost in the middle of an upload that can be gone on with. */
export class UploadInterrupted extends ConnectionLost {
  readonly upload: InterruptedUpload

  constructor(upload: InterruptedUpload, cause: unknown) {
    super(`upload of ${upload.blob.digest} interrupted at ${upload.offset}`, { cause })
    this.upload = upload
  }
}

/** Pushes the blob; returns when the server acknowledged it. */
export async function pushBlob(
  connection: Connection,
  repository: string,
  blob: Blob,
  options: { readonly way: Way; readonly random: Random },
): Promise<void> {
  const { way, random } = options
  const uploads = `${connection.origin}/v2/${repository}/blobs/uploads/`
  if (way === 'single') {
    const url = `${uploads}?digest=${blob.digest}`
    const headers = { 'content-type': 'application/octet-stream' }
    const answer = await exchange({ ...connection, method: 'POST', url, headers, body: blob.bytes })
    // A registry may decline and open a session.
    if (answer.status === 202) return closeUpload(connection, repository, blob, locationOf(connection, answer), 0)
    return expectCreated(answer, 201)
  }
  const opened = await exchange({ ...connection, method: 'POST', url: uploads })
  assertEqual(opened.status, 202, `the status of POST ${uploads}`)
  const location = locationOf(connection, opened)
  if (way === 'monolithic') return closeUpload(connection, repository, blob, location, 0)
  return sendFrom(connection, { repository, blob, location, offset: 0, closing: false }, way, random)
}

/**
 * Asks the server how far it is and sends the rest.
 * @throws Error when acknowledged bytes or the session are lost
 */
export async function resumeUpload(connection: Connection, upload: InterruptedUpload, random: Random): Promise<void> {
  const { repository, blob, location, offset, closing } = upload
  const status = await exchange({ ...connection, method: 'GET', url: location })
  if (status.status === 404 && closing) {
    const url = `${connection.origin}/v2/${repository}/blobs/${blob.digest}`
    const head = await exchange({ ...connection, method: 'HEAD', url })
    return expectCreated(head, 200)
  }
  assertEqual(status.status, 204, `lost: the status of GET upload ${location} with ${offset} acknowledged bytes`)
  const reached = offsetIn(status)
  assertThat(
    reached >= offset && reached <= blob.bytes.length,
    `lost: upload ${location} is at ${reached} of ${blob.bytes.length}, and ${offset} bytes were acknowledged`,
  )
  const next = status.headers.location === undefined ? location : locationOf(connection, status)
  return sendFrom(connection, { ...upload, location: next, offset: reached }, 'chunked', random)
}

async function sendFrom(
  connection: Connection,
  upload: InterruptedUpload,
  way: 'chunked' | 'streamed',
  random: Random,
): Promise<void> {
  const { repository, blob } = upload
  let { location, offset } = upload
  const size = blob.bytes.length
  while (offset < size) {
    // A chunk of two bytes at least: `Range: 0-0` cannot tell one byte from none.
    const end = way === 'streamed' ? size : Math.min(size, offset + Math.max(2, random.integer(1, size)))
    const chunk = blob.bytes.subarray(offset, end)
    const body = way === 'streamed' ? pieces(chunk, random) : chunk
    const range = way === 'streamed' ? {} : { 'content-range': `${offset}-${end - 1}` }
    const headers = { 'content-type': 'application/octet-stream', ...range }
    const request = { ...connection, method: 'PATCH', url: location, headers, body }
    const answer = await orInterrupted({ ...upload, location, offset, closing: false }, exchange(request))
    if (offset === 0 && answer.status === 416 && answer.headers.range === '0-0') {
      // A status of `0-0` was taken for nothing, and meant the one byte that had come before the crash.
      offset = 1
      continue
    }
    assertEqual(
      answer.status,
      202,
      `the status of PATCH ${location} at ${offset} (${answer.body.toString().slice(0, 400)})`,
    )
    location = locationOf(connection, answer)
    offset = end
  }
  return closeUpload(connection, repository, blob, location, offset)
}

/** The PUT that ends a session, with the bytes that are missing. */
async function closeUpload(
  connection: Connection,
  repository: string,
  blob: Blob,
  location: string,
  offset: number,
): Promise<void> {
  const url = `${location}${location.includes('?') ? '&' : '?'}digest=${blob.digest}`
  const rest = blob.bytes.subarray(offset)
  const headers = { 'content-type': 'application/octet-stream' }
  const request = { ...connection, method: 'PUT', url, headers, body: rest }
  const upload = { repository, blob, location, offset, closing: true }
  expectCreated(await orInterrupted(upload, exchange(request)), 201)
}

async function orInterrupted(upload: InterruptedUpload, answer: Promise<Answer>): Promise<Answer> {
  try {
    return await answer
  } catch (error) {
    throw error instanceof ConnectionLost ? new UploadInterrupted(upload, error) : error
  }
}

function* pieces(bytes: Buffer, random: Random): Iterable<Buffer> {
  for (let start = 0; start < bytes.length; ) {
    const end = start + random.integer(1, 200_000)
    yield bytes.subarray(start, end)
    start = end
  }
}

function offsetIn({ headers }: Answer): number {
  const end = Number(/^(?:bytes=)?0-(\d+)$/.exec(String(headers.range))?.[1])
  assertThat(Number.isInteger(end), `the upload's status has Range ${headers.range}`)
  return end === 0 ? 0 : end + 1
}

function locationOf(connection: Connection, { headers }: Answer): string {
  assertThat(headers.location, 'the answer has no Location')
  return new URL(headers.location, connection.origin).href
}

function expectCreated({ status, body }: Answer, expected: number): void {
  assertEqual(status, expected, `the status of the blob's push (${body.toString().slice(0, 300)})`)
}

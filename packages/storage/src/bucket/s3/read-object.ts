/**
 * Reading objects: their bytes as a stream that survives a connection that breaks, and what is known about them.
 * @module
 */
import { Readable } from 'node:stream'
import { GetObjectCommand, HeadObjectCommand } from '@aws-sdk/client-s3'
import { OciError } from '@tsreg/oci'
import type { OperationOptions } from '@tsreg/oci/content'
import type { ByteRange, Cell, ETag, ObjectStat } from '../bucket.ts'
import { cellTooLarge, checkRange, maxCellBytes, objectUnknown } from '../check-arguments.ts'
import { ownMetadata } from './conditional-write.ts'
import { objectOf, type S3Context } from './context.ts'
import { readEtag } from './etags.ts'
import { bucketError, failureOf } from './failures.ts'

/** How long a body may stand still while it is being waited for. */
const idleMs = 30_000
/** Connections that break without a byte in between, before the reader is told. */
const maxBreaks = 5

/** A small object whole; undefined when there is none. @throws SIZE_INVALID when it is no cell */
export async function readCell(s3: S3Context, key: string, { signal }: OperationOptions): Promise<Cell | undefined> {
  try {
    return await s3.requests.run({ operation: 'GetObject', key, signal }, async (send) => {
      const { Body, ContentLength = 0, ETag, LastModified } = await s3.client.send(getCommand(s3, key), send)
      const body = Body as Readable
      if (ContentLength > maxCellBytes) {
        body.destroy()
        throw cellTooLarge(key, ContentLength)
      }
      return {
        body: await collect(body, ContentLength, send.abortSignal),
        etag: readEtag(ETag) as ETag,
        modifiedMs: LastModified?.getTime() ?? 0,
      }
    })
  } catch (error) {
    if (!(error instanceof OciError) && failureOf(error) === 'absent') return undefined
    throw error
  }
}

export async function statObject(
  s3: S3Context,
  key: string,
  { signal }: OperationOptions,
): Promise<ObjectStat | undefined> {
  try {
    const head = await s3.requests.run({ operation: 'HeadObject', key, signal }, (send) =>
      s3.client.send(new HeadObjectCommand(objectOf(s3, key)), send),
    )
    return {
      size: head.ContentLength ?? 0,
      etag: readEtag(head.ETag) as ETag,
      modifiedMs: head.LastModified?.getTime() ?? 0,
      metadata: ownMetadata(head.Metadata),
    }
  } catch (error) {
    if (!(error instanceof OciError) && failureOf(error) === 'absent') return undefined
    throw error
  }
}

export interface GetOptions extends OperationOptions {
  readonly range?: ByteRange
}

/** @throws BLOB_UNKNOWN, RANGE_INVALID */
export async function getObject(s3: S3Context, key: string, { range, signal }: GetOptions): Promise<Readable> {
  if (range !== undefined && !(range.start >= 0 && range.start <= range.end))
    await refuseRange(s3, key, { range, signal })
  const first = await openAt(s3, key, { range, signal })
  return streamOf(s3, key, first, { signal })
}

interface OpenBody {
  readonly body: Readable
  readonly etag: ETag | undefined
  /** Position in the object of the next byte, and of the last one. */
  readonly start: number
  readonly end: number
}

async function openAt(
  s3: S3Context,
  key: string,
  { range, signal }: { readonly range: ByteRange | undefined } & OperationOptions,
): Promise<OpenBody> {
  try {
    const answer = await s3.requests.run({ operation: 'GetObject', key, signal }, (send) =>
      s3.client.send(getCommand(s3, key, range), send),
    )
    const body = answer.Body as Readable
    const length = answer.ContentLength ?? 0
    const start = range?.start ?? 0
    if (range !== undefined && length !== range.end - range.start + 1) {
      body.destroy()
      const total = Number(/\/(\d+)$/.exec(answer.ContentRange ?? '')?.[1] ?? start + length)
      checkRange(key, range, total)
    }
    return { body, etag: readEtag(answer.ETag), start, end: start + length - 1 }
  } catch (error) {
    if (error instanceof OciError) {
      if (range !== undefined && error.detail?.status === 416) await refuseRange(s3, key, { range, signal })
      throw error
    }
    if (failureOf(error) === 'absent') throw objectUnknown(key)
    throw error
  }
}

async function refuseRange(s3: S3Context, key: string, { range, signal }: Required<GetOptions>): Promise<void> {
  const found = await statObject(s3, key, { signal })
  if (found === undefined) throw objectUnknown(key)
  checkRange(key, range, found.size)
}

function streamOf(s3: S3Context, key: string, first: OpenBody, { signal }: OperationOptions): Readable {
  const current = { body: first.body }
  const readable = Readable.from(resuming(s3, key, first, { current, signal }), {
    objectMode: true,
    ...(signal === undefined ? {} : { signal }),
  })
  // The generator cannot be ended while it waits for a chunk, but what it waits for can.
  readable.once('close', () => current.body.destroy())
  return readable
}

interface ResumeOptions extends OperationOptions {
  readonly current: { body: Readable }
}

/** The bytes of the object; when the connection breaks, the rest is asked for again, from the same version. */
async function* resuming(
  s3: S3Context,
  key: string,
  first: OpenBody,
  { current, signal }: ResumeOptions,
): AsyncGenerator<Uint8Array> {
  const { etag, end } = first
  let at = first.start
  let breaks = 0
  for (;;) {
    try {
      for await (const chunk of untilIdle(current.body)) {
        at += chunk.byteLength
        breaks = 0
        yield chunk
      }
      if (at > end) return
      throw Object.assign(new Error('the body ended too soon'), { code: 'ECONNRESET' })
    } catch (error) {
      signal?.throwIfAborted()
      if (at > end) return
      breaks += 1
      if (breaks > maxBreaks) throw bucketError(error, { bucket: s3.location.bucket, operation: 'GetObject', key })
    }
    const next = await openAt(s3, key, { range: { start: at, end }, signal })
    current.body = next.body
    if (next.etag !== etag) {
      next.body.destroy()
      throw new OciError('UNAVAILABLE', `${key}: replaced while it was read; read it again`, { detail: { key } })
    }
  }
}

/** The chunks; the body is destroyed when none comes for {@link idleMs} though it is waited for. */
async function* untilIdle(body: Readable): AsyncGenerator<Uint8Array> {
  let waiting = true
  const timer = setTimeout(() => {
    if (waiting) body.destroy(Object.assign(new Error('the body stands still'), { code: 'ETIMEDOUT' }))
  }, idleMs)
  try {
    for await (const chunk of body) {
      waiting = false
      yield chunk as Uint8Array
      waiting = true
      timer.refresh()
    }
  } finally {
    clearTimeout(timer)
  }
}

async function collect(body: Readable, size: number, signal: AbortSignal): Promise<Uint8Array> {
  const chunks: Uint8Array[] = []
  let received = 0
  const stop = (): void => void body.destroy()
  signal.addEventListener('abort', stop, { once: true })
  try {
    for await (const chunk of untilIdle(body)) {
      chunks.push(chunk)
      received += chunk.byteLength
    }
  } finally {
    signal.removeEventListener('abort', stop)
  }
  signal.throwIfAborted()
  if (received !== size) throw Object.assign(new Error('the body ended too soon'), { code: 'ECONNRESET' })
  return chunks.length === 1 && chunks[0] !== undefined ? chunks[0] : Buffer.concat(chunks)
}

function getCommand(s3: S3Context, key: string, range?: ByteRange): GetObjectCommand {
  const header = range === undefined ? {} : { Range: `bytes=${range.start}-${range.end}` }
  return new GetObjectCommand({ ...objectOf(s3, key), ...header })
}

/**
 * The bytes of an upload on their way into the bucket: full parts go to a multipart upload as they come, the rest is kept
 * as a tail. Nothing counts before the session cell says so, which is the caller's to write.
 * @module
 */
import type { Digest, Digester } from '@tsreg/oci'
import type { OperationOptions } from '@tsreg/oci/content'
import { mapBounded } from './bounded.ts'
import type { ETag, MultipartUpload, Part } from './bucket/bucket.ts'
import { ByteQueue } from './byte-queue.ts'
import type { StorageContext } from './context.ts'
import { growParts, isFull, type PartedUpload } from './grow-parts.ts'
import { dataKey } from './paths.ts'
import type { PlacedBytes, SessionHeader, SessionState, Tail } from './upload-session.ts'
import { countAbsorbed, newObjectName, readTails, writeTail } from './upload-tails.ts'

/** Up to so many bytes after the last tail stay in the session cell: each append writes the cell anyway. */
const inlineTailBytes = 1024
/** A part up to this size is on its way while the next one fills: two of them are what one upload may hold in memory. */
const overlappedPartBytes = 9 * 1024 * 1024
/** Nobody's request waits longer for the end of what was started in vain. */
const abortTimeoutMs = 30_000
/** A checkpoint waits for the end of parts up to this size, which is never far. */
const smallPartBytes = 2 * 1024 * 1024

export interface IntakeOptions {
  readonly x: string
  readonly session: SessionState & { readonly header: SessionHeader }
  /** State after the bytes of the session; undefined when it was lost and cannot be had back. */
  readonly digester: Digester | undefined
}

/** What {@link Intake.settle} leaves for the session cell. */
export interface Settled {
  readonly placed: PlacedBytes
  readonly payload: Uint8Array
  readonly prefixDigest: Digest | undefined
}

export class Intake {
  readonly #context: StorageContext
  readonly #x: string
  readonly #digester: Digester | undefined
  readonly #queue = new ByteQueue()
  readonly #parts: ETag[]
  readonly #startId: string | undefined
  /** Tails in no session cell: written since the start, and since the last save. */
  readonly #written: string[] = []
  #unsaved = 0
  #savedId: string | undefined
  readonly #superseded: string[] = []
  #tails: readonly Tail[]
  #multipart: PartedUpload | undefined
  #inFlight: Promise<void> = Promise.resolve()
  #unflushed = false
  #expectedBytes: number | undefined
  /** All bytes of the upload so far. */
  offset: number
  /** Bytes added since the last {@link settle}. */
  unsettled = 0

  constructor(context: StorageContext, { x, session, digester }: IntakeOptions) {
    const { offset, multipart, tails } = session.header
    this.#context = context
    this.#x = x
    this.#digester = digester
    this.#parts = [...(multipart?.parts ?? [])]
    this.#tails = tails
    this.#startId = this.#savedId = multipart?.id
    if (multipart !== undefined) {
      const { key, id, partSize } = multipart
      this.#multipart = { upload: context.bucket.openMultipart(key, id), key, partSize }
    }
    this.#queue.push(session.payload)
    this.offset = offset
  }

  /** True while all bytes fit into one object and none is in a part. */
  get isSingle(): boolean {
    return this.#parts.length === 0
  }
  /** Digest of all bytes, when it is known. */
  get digest(): Digest | undefined {
    return this.#digester?.digest()
  }
  /** The tails of the session, when there is nothing else. */
  get onlyTail(): string | undefined {
    const [only] = this.#tails
    return this.isSingle && this.#queue.size === 0 && this.#tails.length === 1 ? only?.[0] : undefined
  }
  /** Object that the parts will become. */
  get partsKey(): string | undefined {
    return this.#multipart?.key
  }
  /** Keys of tails that are in no use any more once the session says so. */
  get superseded(): readonly string[] {
    return this.#superseded
  }

  /**
   * True when it is time to settle: enough has come, and little of it waits for its part to fill, which would have to be
   * written twice. Where parts are large that moment is taken early, so that no more than `checkpointBytes` is ever lost.
   */
  get isCheckpointDue(): boolean {
    const { checkpointBytes } = this.#context.options
    const limit = this.#limit()
    const waits = this.#queue.size > limit / 8
    if (limit <= smallPartBytes) return this.unsettled >= checkpointBytes * (waits ? 2 : 1)
    return this.unsettled >= (waits ? checkpointBytes : Math.max(checkpointBytes / 2, checkpointBytes - limit))
  }

  /** So many bytes were announced to come, beside those that are there. */
  expect(bytes: number): void {
    this.#expectedBytes = this.offset + bytes
  }

  /** Takes a chunk, which is the caller's again when this resolves. */
  async add(chunk: Uint8Array, options: OperationOptions): Promise<void> {
    let rest = chunk
    while (rest.byteLength > 0) {
      const pending = this.#queue.size + this.#tailBytes()
      const limit = this.#limit()
      if (pending >= limit) {
        await this.#writeParts(options)
        continue
      }
      const piece = rest.subarray(0, limit - pending)
      this.#digester?.update(piece)
      this.#queue.push(piece)
      this.offset += piece.byteLength
      this.unsettled += piece.byteLength
      rest = rest.subarray(piece.byteLength)
    }
  }

  /** Makes everything so far survive a crash and a power cut. */
  async settle(options: OperationOptions): Promise<Settled> {
    await this.#inFlight
    if (this.#queue.size > inlineTailBytes) await this.#writeTail(options)
    if (this.#unflushed) await this.#multipart?.upload.flush(options)
    this.#unflushed = false
    this.unsettled = 0
    if (this.#parts.length === 0) await this.#forgetMultipart(options)
    const payload = Buffer.concat(this.#queue.peek())
    const multipart = this.#multipart
    const placed: PlacedBytes = {
      offset: this.offset,
      tails: this.#tails,
      ...(multipart === undefined
        ? {}
        : {
            multipart: {
              id: multipart.upload.id,
              key: multipart.key,
              partSize: multipart.partSize,
              parts: [...this.#parts],
            },
          }),
    }
    return { placed, payload, prefixDigest: this.digest }
  }

  /** All bytes of a {@link isSingle single} upload, or those after its full parts. */
  async rest(options: OperationOptions): Promise<readonly Uint8Array[]> {
    await this.#loadTails(options)
    return this.#queue.peek()
  }

  /** The multipart upload with all bytes as its parts. */
  async finishParts(options: OperationOptions): Promise<{ upload: MultipartUpload; key: string; parts: Part[] }> {
    if (this.#multipart === undefined) throw new TypeError('the upload has no parts')
    const { upload, key, partSize } = this.#multipart
    await this.#inFlight
    const parts = this.#parts.map((etag, index): Part => ({ number: index + 1, size: partSize, etag }))
    const last = await this.rest(options)
    if (last.length > 0) parts.push(await upload.part(parts.length + 1, last, options))
    return { upload, key, parts }
  }

  /** The session cell now says what {@link settle} returned. */
  saved(): void {
    this.#unsaved = this.#written.length
    this.#savedId = this.#multipart?.upload.id
  }

  /**
   * Deletes what was written and no session cell names.
   * @param since 'start' when the session cell is again as it was before this intake.
   */
  async discard(since: 'save' | 'start', options: OperationOptions): Promise<void> {
    await this.#inFlight.catch(() => {})
    const keys = since === 'start' ? this.#written : this.#written.slice(this.#unsaved)
    await mapBounded(keys, (key) => this.#context.bucket.delete(key, options))
    const upload = this.#multipart?.upload
    const namedId = since === 'start' ? this.#startId : this.#savedId
    if (upload !== undefined && upload.id !== namedId) await upload.abort(options)
  }

  /** Ends a multipart upload that was started in vain, when all bytes go elsewhere. */
  async forgetUnused(): Promise<void> {
    if (this.#parts.length > 0 || this.#multipart === undefined || this.#multipart.upload.id === this.#savedId) return
    await this.#forgetMultipart({ signal: AbortSignal.timeout(abortTimeoutMs) }).catch((error: unknown) =>
      this.#context.options.onWarning(error, `clean-up in upload ${this.#x}`),
    )
  }

  /** So much waits in memory before something is written. */
  #limit(): number {
    const { options, learned } = this.#context
    return this.#multipart?.partSize ?? Math.max(options.singleObjectBytes, learned.partSize)
  }

  /** A multipart upload that was started to learn the size of parts, which turned out to be larger than all there is. */
  async #forgetMultipart(options: OperationOptions): Promise<void> {
    const upload = this.#multipart?.upload
    this.#multipart = undefined
    await upload?.abort(options)
  }

  async #writeParts(options: OperationOptions): Promise<void> {
    await this.#loadTails(options)
    if (this.#multipart === undefined) {
      const key = dataKey(this.#x, newObjectName())
      const expected = this.#expectedBytes === undefined ? {} : { expectedBytes: this.#expectedBytes }
      const upload = await this.#context.bucket.startMultipart(key, { ...options, ...expected })
      this.#multipart = { upload, key, partSize: upload.partSize }
      this.#context.learned.partSize = upload.partSize
    }
    for (;;) {
      const { upload, partSize } = this.#multipart
      if (this.#queue.size < partSize) return
      if (isFull(this.#multipart, this.#parts.length)) this.#multipart = await this.#grown(this.#multipart, options)
      else await this.#writePart(upload, partSize, options)
    }
  }

  async #grown(full: PartedUpload, options: OperationOptions): Promise<PartedUpload> {
    await this.#inFlight
    const target = { etags: this.#parts, key: dataKey(this.#x, newObjectName()) }
    const { etags, ...grown } = await growParts(this.#context, full, target, options)
    this.#parts.splice(0, Number.POSITIVE_INFINITY, ...etags)
    // The session names an upload that is over: it is saved as soon as this part is written.
    this.unsettled += this.#context.options.checkpointBytes
    return grown
  }

  // One part is on its way while the next one fills: the bytes keep coming, and no more than two parts are in memory, of
  // large ones only one.
  async #writePart(upload: MultipartUpload, partSize: number, options: OperationOptions): Promise<void> {
    const content = this.#queue.take(partSize)
    await this.#inFlight
    const at = this.#parts.length
    this.#parts.push('' as ETag)
    this.#unflushed = true
    this.#inFlight = upload.part(at + 1, content.chunks, options).then(({ etag }) => {
      this.#parts[at] = etag
      content.release()
    })
    this.#inFlight.catch(() => {}) // seen at the next await of it
    if (partSize > overlappedPartBytes) await this.#inFlight
  }

  async #writeTail(options: OperationOptions): Promise<void> {
    const absorbed = this.#tails.slice(this.#tails.length - countAbsorbed(this.#tails, this.#queue.size))
    const before = await readTails(this.#context, this.#x, absorbed, options)
    const tail = await writeTail(this.#context, this.#x, [...before, ...this.#queue.peek()], options)
    this.#queue.take()
    this.#supersede(absorbed)
    this.#written.push(dataKey(this.#x, tail[0]))
    this.#tails = [...this.#tails.slice(0, this.#tails.length - absorbed.length), tail]
  }

  async #loadTails(options: OperationOptions): Promise<void> {
    if (this.#tails.length === 0) return
    this.#queue.prepend(await readTails(this.#context, this.#x, this.#tails, options))
    this.#supersede(this.#tails)
    this.#tails = []
  }

  #supersede(tails: readonly Tail[]): void {
    for (const [n] of tails) this.#superseded.push(dataKey(this.#x, n))
  }

  #tailBytes(): number {
    return this.#tails.reduce((sum, [, size]) => sum + size, 0)
  }
}

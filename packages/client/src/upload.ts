/**
 * One upload of a blob: one request where that works, smaller ones where a proxy refuses it, and after a cut on from where the
 * registry says that the upload stands.
 *
 * ```
 *  HEAD ── there ──────────────────────────────────────────────────────────────> done
 *    └ POST ─> PUT whole ── 201 ───────────────────────────────────────────────> done
 *                 ├ cut, 5xx ─> GET status ─> PATCH rest ─> PUT digest ── 201 ─> done
 *                 │                └ session gone ─> POST ─> PATCH ... (as often as a request is tried)
 *                 └ 413, cut twice at once ─> PATCH chunk by chunk, halved on each refusal
 * ```
 * @module
 */
import { type Descriptor, isOciError, OciError } from '@tsreg/oci'
import type { OpenContent } from '@tsreg/oci/content'
import { broken } from './answers.ts'
import { blobExists } from './blobs.ts'
import { failure, nameOf, type RepositoryContext } from './context.ts'
import { ClientError, exhausted } from './errors.ts'
import { smallerChunk } from './transfers/chunk-size.ts'
import { ChunkSource } from './transfers/chunk-source.ts'
import { header, type RegistryResponse, type RequestBody, succeeded } from './transport/dispatch.ts'
import { growingPauseMs, isTransientStatus } from './transport/retry.ts'
import { offsetOf, patchChunk, putWhole, type UploadSession, uploadedBytes } from './upload-session.ts'

/** The registry does not know the session any more. */
export class SessionLost extends Error {
  readonly reason: Error

  constructor(reason: Error) {
    super(reason.message)
    this.reason = reason
  }
}

export interface UploadOptions {
  readonly target: Descriptor
  readonly open: OpenContent
  readonly signal: AbortSignal | undefined
  /** Tries the whole content in one request first. */
  readonly whole: boolean
}

/** One upload session, from its opening to the blob. */
export class Upload {
  /** True once bytes were sent behind others of an earlier request. */
  resumed = false
  readonly #context: RepositoryContext
  readonly #session: UploadSession
  readonly #target: Descriptor
  readonly #signal: AbortSignal | undefined
  readonly #source: ChunkSource
  readonly #whole: boolean
  /** Bytes that the registry has. */
  #offset = 0
  /** Largest request; undefined while none was refused. */
  #chunkBytes: number | undefined
  #failures = 0
  #attempts = 0

  constructor(context: RepositoryContext, session: UploadSession, { target, open, signal, whole }: UploadOptions) {
    this.#context = context
    this.#session = session
    this.#target = target
    this.#signal = signal
    this.#whole = whole
    this.#source = new ChunkSource(open, target.size)
    const { chunkBytes } = context.registry
    if (chunkBytes !== undefined && target.size > chunkBytes)
      this.#chunkBytes = Math.max(chunkBytes, session.minChunkBytes)
  }

  /**
   * Resolves when the blob is in the repository.
   * @throws SessionLost; OciError and ClientError when there is no going on; what the source throws.
   */
  async run(): Promise<void> {
    const { size } = this.#target
    for (;;) {
      const whole = this.#whole && this.#offset === 0 && (this.#chunkBytes === undefined || size <= this.#chunkBytes)
      const ends = whole || this.#offset === size
      const outcome = await this.#send(whole, ends)
      if (!(outcome instanceof Error) && succeeded(outcome)) {
        if (ends) return this.#finished(outcome)
        this.#advance(outcome)
        continue
      }
      if (await this.#recover(outcome)) return
    }
  }

  /** Ends the reading of the content. */
  close(): void {
    this.#source.close()
  }

  /** An answer, or a failure that may pass. @throws any other failure. */
  async #send(whole: boolean, ends: boolean): Promise<RegistryResponse | ClientError> {
    const { size } = this.#target
    const options = { signal: this.#signal }
    this.#attempts++
    try {
      if (ends) {
        const body = whole && size > 0 ? this.#body(0, size) : undefined
        return await putWhole(this.#context, this.#session, this.#target, body, options)
      }
      if (this.#offset > 0) this.resumed = true
      const length = Math.min(size - this.#offset, this.#chunkBytes ?? size)
      const chunk = { start: this.#offset, body: this.#body(this.#offset, length) }
      return await patchChunk(this.#context, this.#session, this.#target, chunk, options)
    } catch (error) {
      if (error instanceof ClientError && error.transient) return error
      throw error
    }
  }

  #body(start: number, size: number): RequestBody {
    return { size, open: (signal) => this.#source.take(start, size, signal) }
  }

  #advance(response: RegistryResponse): void {
    const { size, digest } = this.#target
    const sent = Math.min(size, this.#offset + Math.min(size - this.#offset, this.#chunkBytes ?? size))
    const offset = offsetOf(response, `push blob ${digest}`) ?? sent
    if (offset > sent || offset <= this.#offset) {
      throw broken(response, `push blob ${digest}: ${sent} bytes were sent, the registry claims to have ${offset}`)
    }
    this.#offset = offset
    this.#failures = 0
  }

  #finished(response: RegistryResponse): void {
    const { digest } = this.#target
    const named = header(response, 'docker-content-digest')
    const algorithm = digest.slice(0, digest.indexOf(':') + 1)
    if (named?.startsWith(algorithm) === true && named !== digest) {
      throw broken(
        response,
        `push blob ${digest}: the registry says that it stored ${JSON.stringify(named.slice(0, 200))}`,
      )
    }
  }

  /** Finds out where the upload stands; true when the blob turns out to be there. @throws when there is no going on. */
  async #recover(outcome: RegistryResponse | ClientError): Promise<boolean> {
    const error = this.#errorOf(outcome)
    const status = outcome instanceof Error ? undefined : outcome.status
    if (status === 413) this.#shrink(error)
    else if (status === 404) return this.#arrived(error)
    else if (status !== undefined && status !== 416 && !isTransientStatus(status)) throw error
    const { retry, notify, host } = this.#context.transport
    this.#failures++
    if (this.#failures >= retry.attempts) throw error instanceof ClientError ? exhausted(error, this.#attempts) : error
    if (status !== 413 && status !== 416) {
      const delayMs = growingPauseMs(this.#failures, retry)
      notify({
        kind: 'retry',
        operation: `push blob ${this.#target.digest} to ${nameOf(this.#context)}`,
        host,
        attempt: this.#attempts,
        delayMs,
        why: error.message,
      })
      await retry.sleep(delayMs, this.#signal)
    }
    return this.#resynchronise(error)
  }

  async #resynchronise(error: Error): Promise<boolean> {
    const told = await uploadedBytes(this.#context, this.#session, { signal: this.#signal })
    if (told === undefined) return this.#arrived(error)
    if (told > this.#target.size) {
      throw new ClientError(
        'PROTOCOL',
        `push blob ${this.#target.digest}: of ${this.#target.size} bytes the registry claims to have ${told}`,
        { host: this.#context.transport.host },
      )
    }
    // 0-0 is written for one byte and for none; none is far more likely, and a refusal of it (416) settles the matter.
    const offset = told === 1 && this.#target.size > 1 && !isOciError(error, 'RANGE_INVALID') ? 0 : told
    if (offset > this.#offset) {
      this.#failures = 0
      this.resumed = true
    } else if (this.#failures >= 2 && !isOciError(error, 'RANGE_INVALID')) {
      // Cut again and not one byte got through: something on the way does not like requests of this size.
      this.#limitChunks(this.#smaller())
    }
    this.#offset = offset
    return false
  }

  /** The session is gone: perhaps because the upload was completed and only the answer was lost. */
  async #arrived(error: Error): Promise<boolean> {
    if (await blobExists(this.#context, this.#target.digest, { signal: this.#signal })) return true
    throw new SessionLost(error)
  }

  #shrink(error: Error): void {
    const smaller = this.#smaller()
    if (smaller === undefined) throw error
    this.#limitChunks(smaller)
    // Refusals are no failures as long as there is something smaller to try.
    this.#failures = 0
  }

  /** Also for the next session and the next blob: what refused this one refuses those. */
  #limitChunks(bytes: number | undefined): void {
    if (bytes === undefined) return
    this.#chunkBytes = bytes
    this.#context.registry.chunkBytes = bytes
  }

  #smaller(): number | undefined {
    const refused = Math.min(this.#chunkBytes ?? Number.POSITIVE_INFINITY, this.#target.size - this.#offset)
    return smallerChunk(refused, this.#session.minChunkBytes)
  }

  #errorOf(outcome: RegistryResponse | ClientError): OciError | ClientError {
    if (outcome instanceof Error) return outcome
    const operation = `push blob ${this.#target.digest} to ${nameOf(this.#context)}`
    const error = failure(outcome, { operation }, 'BLOB_UPLOAD_UNKNOWN')
    if (outcome.status !== 413 || isOciError(error, 'SIZE_INVALID')) return error
    const message = `${operation}: something on the way refuses requests of this size (status 413)`
    return new OciError('SIZE_INVALID', message, { detail: { status: 413 }, cause: error })
  }
}

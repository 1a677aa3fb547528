/**
 * One request's work on one upload session: it takes content, saves what came, or puts the session back as it was.
 * @module
 */
import { Digester, OciError } from '@tsreg/oci'
import type { OperationOptions } from '@tsreg/oci/content'
import type { StorageContext } from './context.ts'
import { ContentFailure, receive } from './receive.ts'
import { deleteAll } from './rule-x.ts'
import type { MemoryShare } from './upload-memory.ts'
import { Intake } from './upload-parts.ts'
import { readSession, type SessionHeader, type SessionState, writeSession } from './upload-session.ts'
import { readTails } from './upload-tails.ts'

/** A session that takes bytes. */
export type OpenSession = SessionState & { readonly header: SessionHeader }

/** Saving what came, and cleaning up, goes on when the request is broken: it has a limit of its own. */
const saveTimeoutMs = 30_000

export interface TakeOptions extends OperationOptions {
  readonly size: number | undefined
}

export interface SessionWriterOptions extends OperationOptions {
  readonly session: OpenSession
  /** Algorithm to hash with while nothing has been received. @default the session's */
  readonly algorithm?: SessionHeader['algorithm']
  /** No byte is going to come: the digest in the session is enough, nothing is read back for it. @default false */
  readonly isComplete?: boolean
}

export class SessionWriter {
  readonly intake: Intake
  /** The session cell as this process knows it. */
  session: OpenSession
  /** See {@link LiveHash.tidy}. */
  readonly tidy: boolean
  readonly #context: StorageContext
  readonly #x: string
  #start: OpenSession
  #share: MemoryShare | undefined
  readonly #startDigester: Digester | undefined
  readonly #digester: Digester | undefined

  static async open(context: StorageContext, x: string, options: SessionWriterOptions): Promise<SessionWriter> {
    const { session, algorithm = session.header.algorithm, isComplete = false, signal } = options
    const live = context.hashes.take(x)
    const digester = await digesterOf(context, x, { session, algorithm, live: live?.digester, isComplete, signal })
    return new SessionWriter(context, x, session, digester, live?.tidy ?? false)
  }

  constructor(context: StorageContext, x: string, session: OpenSession, digester: Digester | undefined, tidy: boolean) {
    this.#context = context
    this.#x = x
    this.#start = this.session = session
    this.#startDigester = digester?.copy()
    this.#digester = digester
    this.tidy = tidy
    this.intake = new Intake(context, { x, session, digester })
  }

  /**
   * Takes the content to its end, saving at every checkpoint. When the content fails, what came is saved; when it has
   * another size than announced, the session is put back; both then throw.
   */
  async take(content: AsyncIterable<Uint8Array>, options: TakeOptions): Promise<void> {
    const { signal, size } = options
    if (size !== undefined) this.intake.expect(size)
    try {
      await receive(content, {
        signal,
        size,
        take: async (chunk) => {
          if (this.#context.uploadMemory !== undefined) this.#share ??= await this.#takeShare(size, signal)
          await this.intake.add(chunk, { signal })
          if (this.#share?.isOverdue()) await this.#letGo({ signal })
          else if (this.intake.isCheckpointDue) await this.#checkpoint({ signal })
        },
      })
    } catch (error) {
      if (error instanceof ContentFailure) {
        await this.save()
        throw error.cause
      }
      if (error instanceof OciError && error.code === 'SIZE_INVALID') await this.putBack()
      else await this.abandon()
      throw error
    }
  }

  /**
   * Saves everything taken so far, also when the client has gone meanwhile.
   * @throws RANGE_INVALID when another request saved first; nothing is kept then
   */
  async save(): Promise<void> {
    if (this.session.header.offset === this.intake.offset) return this.#keepHash(this.#digester)
    const options = { signal: AbortSignal.timeout(saveTimeoutMs) }
    try {
      await this.#checkpoint(options)
    } catch (error) {
      await this.abandon()
      throw error
    }
    this.#keepHash(this.#digester)
    await this.#cleaning((signal) => deleteAll(this.#context, this.intake.superseded, { signal }))
  }

  /** The session as it was before this request, whatever checkpoints said meanwhile. */
  async putBack(): Promise<void> {
    if (this.session !== this.#start) {
      const options = { signal: AbortSignal.timeout(saveTimeoutMs) }
      const { header, payload } = this.#start
      const { version } = this.session
      const restored = await writeSession(this.#context, this.#x, version, header, payload, options)
      if (restored === undefined) return await this.abandon()
      this.session = { ...restored, header }
    }
    this.#keepHash(this.#startDigester)
    await this.#cleaning((signal) => this.intake.discard('start', { signal }))
  }

  /** The cell was replaced by someone who knows that the start cannot come back. */
  replaced(session: OpenSession): void {
    this.session = this.#start = session
    this.intake.saved()
  }

  /** Deletes what no session cell names; the cell stays. */
  async abandon(): Promise<void> {
    await this.#cleaning((signal) => this.intake.discard('save', { signal }))
  }

  /** Gives back the memory that this request held; to be called when it has ended, however it did. */
  close(): void {
    this.#share?.release()
  }

  async #takeShare(size: number | undefined, signal: AbortSignal | undefined): Promise<MemoryShare | undefined> {
    try {
      return await this.#context.uploadMemory?.take(size, { signal })
    } catch (error) {
      // The request ended while it waited: what came before is as sound as if its content had broken off.
      throw new ContentFailure(error)
    }
  }

  async #letGo(options: OperationOptions): Promise<void> {
    await this.#checkpoint(options)
    this.#share?.release()
    this.#share = undefined
  }

  async #checkpoint(options: OperationOptions): Promise<void> {
    const { placed, payload, prefixDigest } = await this.intake.settle(options)
    const { multipart: _, prefixDigest: __, ...kept } = this.session.header
    const header: SessionHeader = { ...kept, ...placed, ...(prefixDigest === undefined ? {} : { prefixDigest }) }
    const { version } = this.session
    const next = await writeSession(this.#context, this.#x, version, header, payload, options)
    if (next === undefined) throw await lostRace(this.#context, this.#x, options)
    this.session = { ...next, header }
    this.intake.saved()
  }

  #keepHash(digester: Digester | undefined): void {
    // A hash in another algorithm than the session's was only good for a commit that did not happen.
    if (digester === undefined || digester.algorithm !== this.session.header.algorithm) return
    this.#context.hashes.keep(this.#x, { digester, tidy: this.tidy })
  }

  /** Failing to clean up costs space until the janitor comes, and nobody's request. */
  async #cleaning(work: (signal: AbortSignal) => Promise<void>): Promise<void> {
    try {
      await work(AbortSignal.timeout(saveTimeoutMs))
    } catch (error) {
      this.#context.hashes.take(this.#x)
      this.#context.options.onWarning(error, `clean-up in upload ${this.#x}`)
    }
  }
}

interface DigesterOptions extends OperationOptions {
  readonly session: OpenSession
  readonly algorithm: SessionHeader['algorithm']
  readonly live: Digester | undefined
  readonly isComplete: boolean
}

/**
 * The hash state after the bytes of the session; undefined when it is not needed, or when they are in parts, which cannot
 * be read before the end.
 */
async function digesterOf(context: StorageContext, x: string, options: DigesterOptions): Promise<Digester | undefined> {
  const { session, algorithm, live, isComplete, signal } = options
  const { offset, prefixDigest, multipart, tails } = session.header
  if (offset === 0) return new Digester(algorithm)
  if (live?.size === offset && live.digest() === prefixDigest) return live
  if (multipart !== undefined || prefixDigest === undefined || isComplete) return undefined
  const digester = new Digester(session.header.algorithm)
  for (const chunk of await readTails(context, x, tails, { signal })) digester.update(chunk)
  digester.update(session.payload)
  if (digester.digest() === prefixDigest) return digester
  const message = `upload ${x}: its first ${offset} bytes are not those that were received; start a new upload`
  throw new OciError('CONTENT_CORRUPT', message, { detail: { expected: prefixDigest, received: digester.digest() } })
}

/** What a lost compare-and-swap of the session means to the client, with the offset that is right now. */
async function lostRace(context: StorageContext, x: string, options: OperationOptions): Promise<OciError> {
  const { header } = await readSession(context, x, options)
  if (header === undefined || header.st === 'discard') {
    return new OciError('BLOB_UPLOAD_UNKNOWN', `upload ${x} was ended while bytes came in`, { detail: { upload: x } })
  }
  const message = `upload ${x}: another request was faster; it is at offset ${header.offset} now`
  return new OciError('RANGE_INVALID', message, { detail: { upload: x, offset: header.offset } })
}

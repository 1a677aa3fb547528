/**
 * Requests to S3: so many at once, each counted, and tried again where that can help.
 * @module
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { OciError } from '@tsreg/oci'
import type { OperationOptions } from '@tsreg/oci/content'
import { byteBudget } from '../../byte-budget.ts'
import { delayBefore } from './backoff.ts'
import { bucketError, type Failure, failureOf, statusOf } from './failures.ts'

/** What became of one request. */
export type RequestOutcome = 'ok' | 'aborted' | Failure

/** One request as it is paid for: a second try is a second request. */
export interface S3RequestEvent {
  /** S3's name: `GetObject`, `PutObject`, `UploadPart` ... */
  readonly operation: string
  readonly outcome: RequestOutcome
  /** HTTP status of a failure; undefined when no answer came. */
  readonly status: number | undefined
  /** Until the headers of the answer. */
  readonly durationMs: number
}

/** What the SDK's `send` takes beside the command. */
export interface SendOptions {
  readonly abortSignal: AbortSignal
  readonly requestTimeout: number
}

export interface RequestOptions extends OperationOptions {
  /** S3's name of it. */
  readonly operation: string
  /** Without the prefix; for messages. */
  readonly key: string
  /** How long the answer may take to begin, in milliseconds. @default 20000 */
  readonly timeoutMs?: number
  /** True for one with a body of megabytes: they have places of their own, so that small ones need not wait for them. */
  readonly isLarge?: boolean
  /** Told before each further try, and of the last failure: whether it may have happened all the same. */
  readonly onFailure?: (failure: Failure) => void
}

export interface Requests {
  /**
   * Makes the request that `attempt` stands for, as often as it helps.
   * @throws the error of `attempt` itself when it is an OciError or its {@link failureOf kind} is `absent` or
   *   `condition`; an OciError (UNAVAILABLE, STORAGE_FULL, UNSUPPORTED, UNKNOWN) for other failures; the signal's reason
   */
  run<T>(options: RequestOptions, attempt: (send: SendOptions) => Promise<T>): Promise<T>
}

export interface RequestsOptions {
  readonly bucket: string
  readonly onRequest: (event: S3RequestEvent) => void
  /** Small requests under way at once; half as many large ones beside them. */
  readonly concurrency: number
  /** Scales the waits between tries; tests set 0. */
  readonly delayFactor: number
}

export function createRequests({ bucket, onRequest, concurrency, delayFactor }: RequestsOptions): Requests {
  const slots = byteBudget(concurrency)
  const largeSlots = byteBudget(Math.ceil(concurrency / 2))

  async function once<T>(options: RequestOptions, attempt: (send: SendOptions) => Promise<T>): Promise<T> {
    const { operation, isLarge = false, signal, timeoutMs = 20_000 } = options
    const release = await (isLarge ? largeSlots : slots).take(1, { signal })
    const start = performance.now()
    const count = (outcome: RequestOutcome, status: number | undefined) =>
      onRequest({ operation, outcome, status, durationMs: performance.now() - start })
    try {
      const answer = await attempt({ abortSignal: signal ?? never, requestTimeout: timeoutMs })
      count('ok', undefined)
      return answer
    } catch (error) {
      if (signal?.aborted === true) count('aborted', undefined)
      else if (error instanceof OciError) count('ok', undefined)
      else count(failureOf(error), statusOf(error))
      throw error
    } finally {
      release()
    }
  }

  return {
    async run(options, attempt) {
      const { operation, key, signal, onFailure } = options
      const start = performance.now()
      for (let made = 1; ; made += 1) {
        signal?.throwIfAborted()
        try {
          return await once(options, attempt)
        } catch (error) {
          signal?.throwIfAborted()
          if (error instanceof OciError) throw error
          const failure = failureOf(error)
          if (failure === 'absent' || failure === 'condition') throw error
          onFailure?.(failure)
          const elapsedMs = performance.now() - start
          const delayMs = delayBefore({ made, elapsedMs, failure, random: Math.random() })
          if (delayMs === undefined) throw bucketError(error, { bucket, operation, key })
          await pause(delayMs * delayFactor, signal)
        }
      }
    },
  }
}

/** For requests that nobody can abort. */
const never = new AbortController().signal

async function pause(delayMs: number, signal: AbortSignal | undefined): Promise<void> {
  if (delayMs === 0) return
  try {
    await sleep(delayMs, undefined, signal === undefined ? {} : { signal })
  } catch {
    signal?.throwIfAborted()
  }
}

/**
 * Requests to S3: so many at once, each counted, and tried again where that can help.
 * @module
 */
import { setTimeout as sleep } from 'node:timers/promises'
import type { OperationOptions } from '@tsreg/oci/content'
import { type ByteBudget, byteBudget } from '../../byte-budget.ts'
import { delayBefore } from './backoff.ts'
import { bucketError, type Failure, failureOf, statusOf } from './failures.ts'

/** What became of one request. */
export type RequestOutcome = 'ok' | 'aborted' | Failure

/** One request as it is paid for: a second try is a second request. */
export interface S3RequestEvent {
  /** S3's name: `GetObject`, `PutObject`, `UploadPart` ... */
  readonly operation: string
  readonly outcome: RequestOutcome
  /** HTTP status; undefined when no answer came. */
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
  /** Told before each further try, and of the last failure: whether it may have happened all the same. */
  readonly onFailure?: (failure: Failure) => void
}

export interface Requests {
  /**
   * Makes the request that `attempt` stands for, as often as it helps.
   * @throws the error of `attempt` itself when its {@link failureOf kind} is `absent` or `condition`; an OciError
   *   (UNAVAILABLE, STORAGE_FULL, UNSUPPORTED, UNKNOWN) for other failures; the reason of the signal
   */
  run<T>(options: RequestOptions, attempt: (send: SendOptions) => Promise<T>): Promise<T>
}

export interface RequestsOptions {
  readonly bucket: string
  readonly onRequest: (event: S3RequestEvent) => void
  /** Requests under way at once. */
  readonly concurrency: number
  /** Scales the waits between tries; tests set 0. */
  readonly delayFactor: number
}

export function createRequests({ bucket, onRequest, concurrency, delayFactor }: RequestsOptions): Requests {
  const slots: ByteBudget = byteBudget(concurrency)

  async function once<T>(options: RequestOptions, attempt: (send: SendOptions) => Promise<T>): Promise<T> {
    const { operation, signal, timeoutMs = 20_000 } = options
    const release = await slots.take(1, { signal })
    const start = performance.now()
    const count = (outcome: RequestOutcome, status: number | undefined) =>
      onRequest({ operation, outcome, status, durationMs: performance.now() - start })
    try {
      const answer = await attempt({ abortSignal: signal ?? never, requestTimeout: timeoutMs })
      count('ok', statusOf(answer))
      return answer
    } catch (error) {
      count(signal?.aborted === true ? 'aborted' : failureOf(error), statusOf(error))
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

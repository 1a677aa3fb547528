/**
 * Notices that a peer has stopped taking or giving bytes, without blaming it for a slow source of ours.
 * @module
 */
import { OciError } from '@tsreg/oci'
import type { RequestBody } from './dispatch.ts'

/** Not one byte moved for the time allowed. */
export class StallError extends Error {
  readonly code = 'ERR_STALLED'

  constructor(timeoutMs: number, what: string) {
    super(`${what} for ${timeoutMs / 1000} s`)
  }
}

export interface WatchedBodyOptions {
  readonly signal: AbortSignal | undefined
  /** Longest time between handing over a chunk and being asked for the next; 0 is for ever. */
  readonly stallTimeoutMs: number
  readonly onStall: (error: StallError) => void
  /** Called with what the source itself threw, which is no failure of the connection. */
  readonly onSourceFailure: (error: unknown) => void
}

/**
 * The body, with a clock that runs only while the peer has a chunk that it does not take.
 * @throws SIZE_INVALID when the source gives more or fewer bytes than announced.
 */
export async function* watchedBody(body: RequestBody, options: WatchedBodyOptions): AsyncGenerator<Uint8Array> {
  let sent = 0
  let timer: NodeJS.Timeout | undefined
  let waiting = false
  try {
    for await (const chunk of await body.open(options.signal)) {
      sent += chunk.byteLength
      if (sent > body.size) throw wrongSize(body.size, sent)
      timer = startTimer(options)
      waiting = true
      yield chunk
      waiting = false
      clearTimeout(timer)
    }
    if (sent !== body.size) throw wrongSize(body.size, sent)
  } catch (error) {
    if (!waiting) options.onSourceFailure(error)
    throw error
  } finally {
    clearTimeout(timer)
  }
}

function startTimer({ stallTimeoutMs, onStall }: WatchedBodyOptions): NodeJS.Timeout | undefined {
  if (stallTimeoutMs === 0) return undefined
  return setTimeout(() => onStall(new StallError(stallTimeoutMs, 'the server took no byte')), stallTimeoutMs)
}

function wrongSize(announced: number, received: number): OciError {
  return new OciError('SIZE_INVALID', `the content has ${received} bytes or more, ${announced} were announced`, {
    detail: { expected: announced, received },
  })
}

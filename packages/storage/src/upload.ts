/**
 * One upload: append, commit, cancel.
 * @module
 */
import { OciError } from '@tsreg/oci'
import type { OperationOptions } from '@tsreg/oci/content'
import { uploadGone } from './commit.ts'
import type { StorageContext } from './context.ts'
import type { AppendOptions, Upload } from './repository.ts'
import { applyRuleX } from './rule-x.ts'
import type { Turn } from './session-turns.ts'
import { type OpenSession, SessionWriter } from './session-writer.ts'
import { commitUpload } from './upload-commit.ts'
import { readSession, type SessionHeader, type SessionState } from './upload-session.ts'

export interface UploadOptions {
  readonly repository: string
  readonly x: string
  /** The session cell as it was read or written a moment ago. */
  readonly session: OpenSession
}

export function openUpload(context: StorageContext, { repository, x, session: first }: UploadOptions): Upload {
  let seen = first

  /**
   * Work on the session when it is this request's turn, with its cell as it is now.
   * @param work gets the offset that the request began with: where its bytes belong, unless it says something else
   */
  async function inTurn<T>(
    { signal }: OperationOptions,
    work: (session: OpenSession, turn: Turn, seenOffset: number) => Promise<T>,
  ) {
    const seenOffset = offsetOf(seen.header)
    using turn = await context.turns.take(x)
    signal?.throwIfAborted()
    const session = turn.waited ? requireSession(x, repository, await readSession(context, x, { signal })) : seen
    return await work(session, turn, seenOffset)
  }

  return {
    id: x,
    get offset() {
      return offsetOf(seen.header)
    },
    startedAt: first.header.startedAt,

    append: (content, options = {}) =>
      inTurn(options, async (session, turn, seenOffset) => {
        const { start = seenOffset, size, signal } = options
        refuseClosed(x, session)
        refuseOffset(x, session, start)
        const writer = await SessionWriter.open(context, x, { session, signal })
        try {
          await writer.take(content, { size, signal: anyOf(signal, turn.superseded) })
          await writer.save()
        } finally {
          seen = writer.session
          writer.close()
        }
        return writer.intake.offset
      }),

    commit: (digest, options = {}) =>
      inTurn(options, async (session, turn, seenOffset) => {
        const { size, content, signal } = options
        const { start = content === undefined ? undefined : seenOffset } = options
        refuseOffset(x, session, start)
        return await commitUpload(context, {
          repository,
          x,
          session,
          digest,
          signal,
          content:
            content === undefined ? undefined : { chunks: content, size, signal: anyOf(signal, turn.superseded) },
          onSession: (next) => {
            seen = next
          },
        })
      }),

    cancel: (options = {}) =>
      inTurn(options, async (session) => {
        context.hashes.take(x)
        await applyRuleX(context, x, { seen: session, ...options })
      }),
  }
}

/** @throws BLOB_UPLOAD_UNKNOWN unless the session is one of the repository that a client may know and go on with */
export function requireSession(x: string, repository: string, session: SessionState): OpenSession {
  const { header } = session
  if (header === undefined || header.st === 'discard' || header.repo !== repository || header.anonymous)
    throw uploadGone(x)
  return { ...session, header }
}

function refuseClosed(x: string, { header: { st, whole, digest } }: OpenSession): void {
  if (st === 'open' && whole === undefined) return
  const message = `upload ${x} takes no more bytes: its end has been announced${digest === undefined ? '' : ` as ${digest}`}`
  throw new OciError('BLOB_UPLOAD_INVALID', message, { detail: { upload: x } })
}

function refuseOffset(x: string, { header }: OpenSession, start: AppendOptions['start']): void {
  const offset = offsetOf(header)
  if (start === undefined || start === offset) return
  const message = `upload ${x} is at offset ${offset}, the bytes begin at ${start}; ask for its status and go on there`
  throw new OciError('RANGE_INVALID', message, { detail: { upload: x, offset, received: start } })
}

/** A session whose commit was cut off has all its bytes: what is missing is the closing request, without a body. */
function offsetOf({ st, offset, size }: SessionHeader): number {
  return st === 'commit' ? (size ?? offset) : offset
}

function anyOf(signal: AbortSignal | undefined, superseded: AbortSignal): AbortSignal {
  return signal === undefined ? superseded : AbortSignal.any([signal, superseded])
}

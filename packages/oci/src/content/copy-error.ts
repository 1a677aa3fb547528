/**
 * The failure of a copy, and whose it was.
 * @module
 */
import type { Descriptor } from '../descriptor.ts'
import { isOciError, OciError } from '../errors.ts'

/** The store that was read, or the one that was written. */
export type CopyOrigin = 'source' | 'target'

/** Keeps the code and the detail of what went wrong; the cause is the error of the store. */
export class CopyError extends OciError {
  override readonly name = 'CopyError'
  readonly origin: CopyOrigin
  /** What was being copied; undefined while the reference was being resolved. */
  readonly descriptor: Descriptor | undefined

  constructor(origin: CopyOrigin, descriptor: Descriptor | undefined, cause: unknown) {
    const code = isOciError(cause) ? cause.code : 'UNKNOWN'
    const why = cause instanceof Error ? cause.message : String(cause)
    const what = descriptor === undefined ? '' : ` of ${descriptor.digest}`
    super(code, `copy${what} failed at the ${origin}: ${why}`, {
      cause,
      ...(isOciError(cause) && cause.detail !== undefined ? { detail: cause.detail } : {}),
    })
    this.origin = origin
    this.descriptor = descriptor
  }
}

/** Runs one operation on a store; its failure becomes a {@link CopyError} of that side. */
export async function at<T>(origin: CopyOrigin, descriptor: Descriptor | undefined, run: () => Promise<T>): Promise<T> {
  try {
    return await run()
  } catch (error) {
    throw error instanceof CopyError ? error : new CopyError(origin, descriptor, error)
  }
}

/**
 * Failed system calls, told apart by their code.
 * @module
 */
import { OciError } from '@tsreg/oci'

/** True for an error of a system call with one of the codes, for example `ENOENT`. */
export function hasSystemCode(error: unknown, ...codes: readonly string[]): boolean {
  return typeof error === 'object' && error !== null && codes.includes((error as NodeJS.ErrnoException).code ?? '')
}

/** The error to throw for a failed write: a full disk becomes STORAGE_FULL, everything else stays what it is. */
export function writeError(error: unknown, path: string): unknown {
  if (!hasSystemCode(error, 'ENOSPC', 'EDQUOT')) return error
  return new OciError('STORAGE_FULL', `no space left to write ${path}`, { detail: { path }, cause: error })
}

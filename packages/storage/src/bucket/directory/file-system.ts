/**
 * The file operations that write, as one object: tests put a failing one in its place.
 * @module
 */
import * as promises from 'node:fs/promises'
import { OciError } from '@tsreg/oci'

export type FileSystem = Pick<typeof promises, 'open' | 'mkdir' | 'unlink'> & {
  readonly statfs: (path: string) => Promise<DiskUse>
}

/** Sizes in blocks of `bsize` bytes; `bavail` is free for this user. */
export interface DiskUse {
  readonly bsize: number
  readonly blocks: number
  readonly bavail: number
}

export const realFileSystem: FileSystem = {
  open: promises.open,
  mkdir: promises.mkdir,
  unlink: promises.unlink,
  statfs: promises.statfs,
}

const fullCodes: ReadonlySet<string | undefined> = new Set(['ENOSPC', 'EDQUOT', 'EFBIG'])

/** Errors of the system as errors of the storage: no room is STORAGE_FULL, everything else UNAVAILABLE. */
export function storageError(action: string, path: string, cause: unknown): OciError {
  if (cause instanceof OciError) return cause
  const { code, message = String(cause) } = cause as NodeJS.ErrnoException
  const full = fullCodes.has(code)
  return new OciError(full ? 'STORAGE_FULL' : 'UNAVAILABLE', `${action} ${path}: ${message}`, {
    cause,
    detail: { path, errno: code },
  })
}

/**
 * The operating system's and TLS errors in words, with what to do about each.
 * @module
 */
import type { ExitName } from './exit-codes.ts'

export interface SystemErrorRow {
  readonly message: string
  readonly advice?: string
  readonly exit: ExitName
}

const rows: Readonly<Record<string, SystemErrorRow>> = {
  EACCES: { message: 'permission denied', exit: 'storage' },
  EPERM: { message: 'operation not permitted', exit: 'storage' },
  EROFS: { message: 'read-only file system', exit: 'storage' },
  ENOSPC: {
    message: 'no space left on the device',
    advice: 'Free some space and run the command again.',
    exit: 'storage',
  },
  EDQUOT: { message: 'disk quota exceeded', advice: 'Free some space and run the command again.', exit: 'storage' },
  EMFILE: { message: 'too many open files', advice: 'Raise the limit: "ulimit -n 65536".', exit: 'failure' },
  EIO: { message: 'the disk reported an error', exit: 'storage' },
  ENOENT: { message: 'no such file or directory', exit: 'notFound' },
  ENOTDIR: { message: 'not a directory', exit: 'usage' },
  EISDIR: { message: 'is a directory', exit: 'usage' },
  EADDRINUSE: { message: 'the address is already in use', exit: 'conflict' },
  EADDRNOTAVAIL: { message: 'the address does not belong to this machine', exit: 'usage' },
  ECONNREFUSED: { message: 'connection refused', advice: 'Is the registry running?', exit: 'network' },
  ECONNRESET: { message: 'the connection was cut off', exit: 'network' },
  EPIPE: { message: 'the connection was cut off', exit: 'network' },
  ETIMEDOUT: { message: 'the connection timed out', exit: 'network' },
  EHOSTUNREACH: { message: 'the host cannot be reached', exit: 'network' },
  ENETUNREACH: { message: 'the network cannot be reached', exit: 'network' },
  ENOTFOUND: { message: 'the host name is not known', advice: 'Check the name of the registry.', exit: 'network' },
  EAI_AGAIN: { message: 'the host name cannot be looked up now', exit: 'network' },
}

/** The row of a system error code; undefined for codes that are not the system's. */
export function systemErrorRow(code: string): SystemErrorRow | undefined {
  return Object.hasOwn(rows, code) ? rows[code] : undefined
}

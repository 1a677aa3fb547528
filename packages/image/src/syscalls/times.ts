/**
 * Times of files to the nanosecond (utimensat(2)); Node's own calls round to a double.
 * @module
 */
import { atWorkingDirectory, checked, cString, libc, noFollow, type SystemPath } from './libc.ts'

/** Nanoseconds since 1970, possibly negative. */
export interface FileTimes {
  readonly atimeNs: bigint
  readonly mtimeNs: bigint
}

/** Sets both times, of a symbolic link itself. @throws ENOENT, EPERM, EROFS */
export function lutimens(path: SystemPath, times: FileTimes): void {
  checked(libc().utimensat(atWorkingDirectory, cString(path), timespecs(times), noFollow), 'utimensat', path)
}

/** Two `struct timespec` of a 64-bit system. */
export function timespecs({ atimeNs, mtimeNs }: FileTimes, into: Buffer = Buffer.allocUnsafeSlow(32)): Buffer {
  writeTimespec(into, 16, mtimeNs)
  if (atimeNs === mtimeNs) into.copyWithin(0, 16, 32)
  else writeTimespec(into, 0, atimeNs)
  return into
}

const second = 1_000_000_000n

function writeTimespec(into: Buffer, offset: number, time: bigint): void {
  // The kernel wants the nanoseconds positive, also before 1970.
  const rest = time >= 0n ? time % second : ((time % second) + second) % second
  into.writeBigInt64LE((time - rest) / second, offset)
  into.writeBigInt64LE(rest, offset + 8)
}

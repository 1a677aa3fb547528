/**
 * The numbers of an entry that go into system calls as they are.
 * @module
 */
import type { TarEntry } from '../tar/entry.ts'
import { invalidLayer } from './invalid.ts'

/** The highest one means "leave it as it is" to chown(2). */
const maxId = 2 ** 32 - 2
const maxMajor = 2 ** 12 - 1
const maxMinor = 2 ** 20 - 1
/** Of a `struct timespec`, with room for arithmetic. */
const maxSeconds = 2 ** 53

/** @throws LAYER_INVALID for an owner, a device or a time that the kernel has no place for */
export function checkNumbers({ name, type, uid, gid, devMajor, devMinor, mtime }: TarEntry): void {
  if (!isBetween(uid, maxId) || !isBetween(gid, maxId)) throw invalidLayer(`has the owner ${uid}:${gid}`, name)
  if (Math.abs(mtime) > maxSeconds) throw invalidLayer(`has the time ${mtime}`, name)
  if (type !== 'char' && type !== 'block') return
  if (isBetween(devMajor, maxMajor) && isBetween(devMinor, maxMinor)) return
  throw invalidLayer(`is the device ${devMajor}:${devMinor}`, name)
}

function isBetween(value: number, max: number): boolean {
  return Number.isInteger(value) && value >= 0 && value <= max
}

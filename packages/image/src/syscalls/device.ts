/**
 * Device numbers and nodes (mknod(2), makedev(3)).
 * @module
 */
import { atWorkingDirectory, checked, cString, libc, type SystemPath } from './libc.ts'

/** The numbers of a device; 0:0 as a character device is a whiteout of overlayfs. */
export interface Device {
  readonly major: number
  readonly minor: number
}

/**
 * Makes a node that is no regular file.
 * @param mode type and permissions, for example `constants.S_IFCHR | 0o600`; the process's umask is taken off
 * @throws EEXIST, EPERM without CAP_MKNOD, except for pipes and the whiteout 0:0
 */
export function mknod(path: SystemPath, mode: number, device: Device = { major: 0, minor: 0 }): void {
  checked(libc().mknodat(atWorkingDirectory, cString(path), mode, deviceNumber(device)), 'mknod', path)
}

/** The number as `stat` gives it in `rdev`. */
export function deviceNumber({ major, minor }: Device): bigint {
  const [high, low] = [BigInt(major), BigInt(minor)]
  return ((high & 0xfffff000n) << 32n) | ((high & 0xfffn) << 8n) | ((low & 0xffffff00n) << 12n) | (low & 0xffn)
}

/** The parts of an `rdev` of `stat`. */
export function deviceOf(rdev: number | bigint): Device {
  const number = BigInt(rdev)
  return {
    major: Number(((number >> 32n) & 0xfffff000n) | ((number >> 8n) & 0xfffn)),
    minor: Number(((number >> 12n) & 0xffffff00n) | (number & 0xffn)),
  }
}

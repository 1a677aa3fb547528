/**
 * Mounts and namespaces (mount(2), umount(2), unshare(2)).
 * @module
 */
import { checked, cString, libc, type SystemPath } from './libc.ts'

/** Flags of `mount`, to be joined by `|`. */
export const mountFlags = {
  readOnly: 0x1,
  noSuid: 0x2,
  noDev: 0x4,
  noExec: 0x8,
  remount: 0x20,
  bind: 0x1000,
  recursive: 0x4000,
  private: 0x40000,
  slave: 0x80000,
} as const

/** Flags of `umount`, to be joined by `|`. */
export const unmountFlags = { detach: 0x2, noFollow: 0x8 } as const

/** Flags of `unshare`, to be joined by `|`. */
export const namespaceFlags = { mount: 0x20000, user: 0x10000000, pid: 0x20000000, network: 0x40000000 } as const

export interface MountOptions {
  /** @default 'none' */
  readonly source?: SystemPath
  /** Of the file system, for example `overlay`; none is needed to bind or to change what is mounted. */
  readonly type?: string
  /** @default 0 */
  readonly flags?: number
  /** Options of the file system, joined by commas. */
  readonly data?: SystemPath
}

/** Mounts at `target`. @throws EPERM without CAP_SYS_ADMIN, ENOENT, EINVAL, ENODEV */
export function mount(target: SystemPath, { source = 'none', type, flags = 0, data }: MountOptions): void {
  const fileSystem = type === undefined ? null : cString(type)
  const options = data === undefined ? null : cString(data)
  checked(libc().mount(cString(source), cString(target), fileSystem, BigInt(flags), options), 'mount', target)
}

/** @param flags of {@link unmountFlags} @throws EINVAL when nothing is mounted there, EBUSY, EPERM */
export function umount(target: SystemPath, flags = 0): void {
  checked(libc().umount2(cString(target), flags), 'umount2', target)
}

/**
 * Gives the calling thread namespaces of its own. Node's other threads keep theirs, so this is for a thread or a process
 * that is made for it.
 * @param flags of {@link namespaceFlags}
 */
export function unshare(flags: number): void {
  checked(libc().unshare(flags), 'unshare')
}

/**
 * Owner, mode, attributes and times of what an entry made, in the order that keeps them all: a change of owner clears
 * setuid, setgid and `security.capability`, so it comes first.
 * @module
 */
import { ImageError } from '../../errors.ts'
import {
  chmodAt,
  chmodFd,
  chownAt,
  chownFd,
  errors,
  fsetxattr,
  llistxattr,
  lremovexattr,
  lsetxattr,
  must,
  pathAt,
  timespecs,
  utimensAt,
  utimensFd,
} from '../../syscalls/index.ts'
import type { TarEntry } from '../tar/entry.ts'
import { paxNanoseconds } from '../tar/pax.ts'
import { shown } from './invalid.ts'

/** What a file has besides its content. */
export interface Attributes {
  readonly uid: number
  readonly gid: number
  /** Permission bits with setuid, setgid and sticky. */
  readonly mode: number
  readonly atimeNs: bigint
  readonly mtimeNs: bigint
  /** Names and values as byte strings. */
  readonly xattrs: ReadonlyMap<string, string>
}

/** The attributes an entry names. The time of access, where none is named, is that of the modification. */
export function attributesOf(entry: TarEntry): Attributes {
  const { uid, gid, mode, mtimeNs, pax } = entry
  if (pax.size === 0) return { uid, gid, mode, atimeNs: mtimeNs, mtimeNs, xattrs: noXattrs }
  const atime = pax.get('atime')
  const xattrs = new Map<string, string>()
  for (const [key, value] of pax) {
    if (key.startsWith(xattrPrefix) && !isOfOverlay(key.slice(xattrPrefix.length))) {
      xattrs.set(key.slice(xattrPrefix.length), value)
    }
  }
  const atimeNs = atime === undefined ? mtimeNs : paxNanoseconds('atime', atime)
  return { uid, gid, mode, atimeNs, mtimeNs, xattrs }
}

/** Sets the attributes of things, and knows what to do where that is not allowed. */
export class AttributeWriter {
  readonly #unable: 'refuse' | 'skip'
  readonly #times = Buffer.allocUnsafeSlow(32)
  /** How many owners, devices and attributes were left out. */
  skipped = 0

  constructor(unable: 'refuse' | 'skip') {
    this.#unable = unable
  }

  /** Of a file that is open for writing, and has all its content. */
  file(fd: number, attributes: Attributes, name: string): void {
    const owned = this.allowed(chownFd(fd, attributes.uid, attributes.gid), 'the owner', name)
    for (const [key, value] of attributes.xattrs) {
      this.#xattr(() => fsetxattr(fd, bytes(key), bytes(value)), key, name)
    }
    must(chmodFd(fd, modeFor(attributes, owned)), 'fchmod', name)
    must(utimensFd(fd, timespecs(attributes, this.#times)), 'futimens', name)
  }

  /** Of anything but a link, by its name. The times of a directory are set later, when nothing more is put into it. */
  node(directory: number, base: string, attributes: Attributes, name: string): void {
    const owned = this.#ownerAndXattrs(directory, base, attributes, name)
    must(chmodAt(directory, base, modeFor(attributes, owned)), 'fchmodat', name)
  }

  /** Of a symbolic link itself, which has no mode. */
  link(directory: number, base: string, attributes: Attributes, name: string): void {
    this.#ownerAndXattrs(directory, base, attributes, name)
    this.times(directory, base, attributes, name)
  }

  /** Removes the attributes that a directory had before the entry that describes it anew. */
  clear(directory: number, base: string, attributes: Attributes): void {
    const path = pathAt(directory, base)
    for (const name of llistxattr(path)) {
      const isKept = isOfOverlay(name) || name === 'security.selinux' || attributes.xattrs.has(name)
      if (!isKept) lremovexattr(path, name)
    }
  }

  times(directory: number, base: string, times: Pick<Attributes, 'atimeNs' | 'mtimeNs'>, name: string): void {
    must(utimensAt(directory, base, timespecs(times, this.#times)), 'utimensat', name)
  }

  /** Makes overlayfs show nothing of what lies below an open directory. */
  opaque(directory: number, name: string): void {
    this.#xattr(() => lsetxattr(pathAt(directory, '.'), opaqueKey, Buffer.from('y')), opaqueKey, name)
  }

  /**
   * True when the call succeeded, false when it was not allowed and may be left out.
   * @param result of a system call: a negative error number where it failed
   * @throws PRIVILEGE_NEEDED
   */
  allowed(result: number, what: string, name: string): boolean {
    if (result >= 0) return true
    if (result !== -errors.EPERM && result !== -errors.EOPNOTSUPP) must(result, `set ${what}`, name)
    if (this.#unable === 'skip') {
      this.skipped++
      return false
    }
    const why = result === -errors.EPERM ? 'this user may not' : 'the file system cannot hold it'
    throw new ImageError('PRIVILEGE_NEEDED', `cannot set ${what} of ${shown(name)}: ${why}`, {
      detail: { name: Buffer.from(name, 'latin1').toString(), what },
      ...(result === -errors.EPERM ? {} : { advice: 'keep images on a file system with extended attributes' }),
    })
  }

  #ownerAndXattrs(directory: number, base: string, attributes: Attributes, name: string): boolean {
    const owned = this.allowed(chownAt(directory, base, attributes.uid, attributes.gid), 'the owner', name)
    for (const [key, value] of attributes.xattrs) {
      this.#xattr(() => lsetxattr(pathAt(directory, base), bytes(key), bytes(value)), key, name)
    }
    return owned
  }

  #xattr(set: () => void, key: string, name: string): void {
    try {
      set()
    } catch (error) {
      const { errno = 0 } = error as NodeJS.ErrnoException
      if (errno !== -errors.EPERM && errno !== -errors.EOPNOTSUPP) throw error
      this.allowed(errno, `the attribute ${shown(key)}`, name)
    }
  }
}

const noXattrs: ReadonlyMap<string, string> = new Map()
const opaqueKey = 'trusted.overlay.opaque'
const xattrPrefix = 'SCHILY.xattr.'

/** Overlayfs takes orders from these, such as to show another directory: no layer may give them. */
export function isOfOverlay(name: string): boolean {
  return name.startsWith('trusted.overlay.') || name.startsWith('user.overlay.')
}

/** A program that runs as its owner must not run as whoever unpacked it. */
function modeFor({ mode }: Attributes, owned: boolean): number {
  return owned ? mode : mode & 0o1777
}

function bytes(text: string): Buffer {
  return Buffer.from(text, 'latin1')
}

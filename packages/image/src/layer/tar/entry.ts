/**
 * What a tar archive says about a file.
 * @module
 */

export type TarEntryType = 'file' | 'hardlink' | 'symlink' | 'char' | 'block' | 'directory' | 'fifo'

/** Header of a file with its extensions (PAX, GNU) applied. */
export interface TarEntry {
  /** As written: not normalised, and possibly hostile. */
  readonly name: string
  readonly type: TarEntryType
  /** Bytes of content that follow; 0 for everything but files. */
  readonly size: number
  /** Permission bits with setuid, setgid and sticky. */
  readonly mode: number
  readonly uid: number
  readonly gid: number
  readonly uname: string
  readonly gname: string
  /** Seconds since 1970, possibly with a fraction and negative. */
  readonly mtime: number
  /** The same in nanoseconds, which the number of seconds is too coarse for. */
  readonly mtimeNs: bigint
  /** Target of a link; empty for everything else. */
  readonly linkName: string
  readonly devMajor: number
  readonly devMinor: number
  /** PAX records that have no field of their own, such as `SCHILY.xattr.user.a`. */
  readonly pax: ReadonlyMap<string, string>
  /** Of a file with holes: the `size` bytes that follow are its parts, one after the other. */
  readonly sparse?: SparseMap
}

/** Where the stored parts of a sparse file lie; everything else in it is zeros. */
export interface SparseMap {
  /** Size of the whole file in bytes. */
  readonly size: number
  /** In the order of their offsets, without overlap. */
  readonly parts: readonly SparsePart[]
}

export interface SparsePart {
  readonly offset: number
  readonly length: number
}

/** Everything in a tar archive is a multiple of this many bytes. */
export const blockBytes = 512

/** Bytes of content with the padding that follows it. */
export function paddedSize(size: number): number {
  return Math.ceil(size / blockBytes) * blockBytes
}

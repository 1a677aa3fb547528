/**
 * Where COPY and ADD take files from: the build context, or the root file system of a stage or an image. Paths are relative
 * to its root, with `/` between names and none at the ends; the root itself is the empty string.
 * @module
 */
import type { Digest } from '@tsreg/oci'
import type { OperationOptions } from '@tsreg/oci/content'

export type SourceFileType = 'file' | 'directory' | 'symlink' | 'char' | 'block' | 'fifo' | 'socket'

/** What is known of a file without reading it; links are not followed. */
export interface SourceFile {
  readonly type: SourceFileType
  /** Permission bits with setuid, setgid and sticky. */
  readonly mode: number
  readonly uid: number
  readonly gid: number
  /** Bytes of content; 0 for everything but files. */
  readonly size: number
  /** Seconds since 1970, possibly with a fraction. */
  readonly mtime: number
  /** Target of a symlink, as it is written there; empty for everything else. */
  readonly linkName: string
  readonly devMajor: number
  readonly devMinor: number
  /** Of a file with several names: the same text for all of them in one tree. */
  readonly inode?: string
  /** Extended attributes that an image keeps, by name, in Latin-1. */
  readonly xattrs: ReadonlyMap<string, string>
}

/**
 * A tree of files that does not change while it is read. No method follows a link, in no component of the path: a path that
 * leads through one does not exist.
 */
export interface SourceTree {
  /** For messages: `the build context`, `stage builder`, `image debian:13`. */
  readonly name: string
  /** Undefined when there is no such file, or it is ignored. */
  lstat(path: string, options?: OperationOptions): Promise<SourceFile | undefined>
  /** The names in a directory, in the order of their bytes, without what is ignored. */
  list(path: string, options?: OperationOptions): Promise<readonly string[]>
  /** The content of a file. A factory: it may be opened several times. */
  open(path: string, options?: OperationOptions): AsyncIterable<Uint8Array>
  /** Of the content of a file. Cheap when it has been asked before and the file has not changed since. */
  contentDigest(path: string, options?: OperationOptions): Promise<Digest>
}

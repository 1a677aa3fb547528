/**
 * What a layer says about the root file system: its entries, as they are given to `writeLayer`.
 * @module
 */

/** One file of a layer, or the mark that a file of the layers below is gone. */
export type LayerEntry =
  | (Attributes & {
      readonly type: 'directory'
      /** Hides all that the layers below have in it. @default false */
      readonly opaque?: boolean | undefined
    })
  | (Attributes & {
      readonly type: 'file'
      readonly sizeBytes: number
      /** Called once, when the entry is written; gives exactly `sizeBytes` bytes. See `fileContent`. */
      readonly content: () => Iterable<Uint8Array> | AsyncIterable<Uint8Array>
    })
  | (Attributes & { readonly type: 'symlink'; readonly target: string })
  /**
   * Another name of a file that comes earlier in the same layer: `target` is its `path`. The attributes are those of that
   * file: some who unpack layers give the file what the last of its names says.
   */
  | (Attributes & { readonly type: 'hardlink'; readonly target: string })
  | (Attributes & { readonly type: 'char' | 'block'; readonly devMajor: number; readonly devMinor: number })
  | (Attributes & { readonly type: 'fifo' })
  /** The layers below have something of this path, and it is gone. */
  | { readonly type: 'whiteout'; readonly path: string }

interface Attributes {
  /** In the root file system, without a slash at either end: `usr/bin/ls`. */
  readonly path: string
  /** Permission bits with setuid, setgid and sticky. */
  readonly mode: number
  readonly uid: number
  readonly gid: number
  /** Seconds since 1970. What is written are whole seconds. */
  readonly mtime: number
  /** Names with their values; only those that {@link isLayerXattr} accepts are written. */
  readonly xattrs?: ReadonlyMap<string, Uint8Array> | undefined
}

/** Begins the names of whiteouts (image-spec, "Whiteouts"); no file can have such a name in a layer. */
export const whiteoutPrefix = '.wh.'

/** The name in an opaque directory that makes it one. */
export const opaqueMark = '.wh..wh..opq'

/**
 * The order of the entries of a layer: by the bytes of the names, directory by directory, so that a directory comes
 * right before what is in it. Negative when `a` comes first.
 */
export function compareLayerPaths(a: string, b: string): number {
  return Buffer.compare(sortKey(a), sortKey(b))
}

// No name holds a zero, which makes it a separator smaller than every byte of a name.
function sortKey(path: string): Buffer {
  return Buffer.from(path.replaceAll('/', '\u0000'))
}

/**
 * True for the extended attributes that layers carry: file capabilities, and those that users set. The others belong to
 * the machine: labels and signatures of its security modules, access lists by its user numbers, the marks of overlayfs.
 */
export function isLayerXattr(name: string): boolean {
  return name === 'security.capability' || (name.startsWith('user.') && !name.startsWith('user.overlay.'))
}

/**
 * What a caller may ask of the unpacking of a layer, and what comes out of it.
 * @module
 */
import type { Digest } from '@tsreg/oci'
import type { LayerLimits } from './limits.ts'

/**
 * What becomes of whiteouts. `overlay`: the directory is the layer alone, and they become what overlayfs reads: character
 * devices 0:0, and the attribute `trusted.overlay.opaque=y`. `remove`: the directory holds the layers below, and they
 * delete what is there; its own owner, mode and time are theirs, too.
 */
export type Whiteouts = 'overlay' | 'remove'

export interface ApplyOptions {
  readonly whiteouts: Whiteouts
  /**
   * For `overlay`: the directories of the layers below, topmost first; none for the lowest layer. Then it looks on overlayfs
   * exactly as in one directory: a directory that the layer goes through without an entry for it takes its owner, mode and
   * time from them, links of any kind lead to what is theirs, an opaque root hides them, and whiteouts of nothing are left
   * out.
   * @default nothing is known of them
   */
  readonly lower?: readonly string[]
  /** @default {@link defaultLimits} */
  readonly limits?: Partial<LayerLimits>
  /**
   * What to do about what this user or the file system cannot hold: owners, devices, attributes. `refuse` is
   * PRIVILEGE_NEEDED; `skip` leaves it out, a device altogether, and counts it. A file whose owner was left out loses
   * setuid and setgid.
   * @default 'refuse'
   */
  readonly unable?: 'refuse' | 'skip'
  readonly signal?: AbortSignal | undefined
  /** Hears how many bytes of the compressed content were taken, each time some were. */
  readonly onBytes?: (bytes: number) => void
}

export interface AppliedLayer {
  /** SHA-256 of the uncompressed tar, to its last byte. */
  readonly diffId: Digest
  /** Of the uncompressed tar. */
  readonly sizeBytes: number
  /** Entries of the tar, whiteouts among them. */
  readonly entries: number
  /** Directories that entries lie in and that the layer itself says nothing of: what they are like, the layers below say. */
  readonly implied: number
  /** Whether an entry says what the root itself is like. Without `lower`, nobody has said it else. */
  readonly namesRoot: boolean
  /** How many owners, devices and attributes were left out; 0 unless `unable` is `skip`. */
  readonly skipped: number
}

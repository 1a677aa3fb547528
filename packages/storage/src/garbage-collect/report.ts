/**
 * What garbage collection is asked for, and what it tells. Options and reports are plain data but for the callbacks, so
 * that another process can be asked for a run.
 * @module
 */
import type { Digest } from '@tsreg/oci'
import type { OperationOptions } from '@tsreg/oci/content'

export interface GarbageOptions extends OperationOptions {
  /** Tells what would go, and changes nothing. @default false */
  readonly dryRun?: boolean
  /**
   * Age in milliseconds from which what nothing names may go. Politeness towards uploads whose manifest is still to come,
   * which would have to be sent again; 0 is as safe. @default the storage's `graceMs`
   */
  readonly graceMs?: number
  /**
   * Age in milliseconds from which manifests go that no tag names, no index of their repository lists, and whose subject
   * does not live. @default absent: untagged manifests are kept
   */
  readonly untaggedOlderThanMs?: number
  /** What a retention policy gives up: deleted first, or in a dry run taken for deleted. @default nothing */
  readonly drops?: Iterable<GarbageDrop> | AsyncIterable<GarbageDrop>
  /** Requests to the bucket per second, on average; 0: no limit. @default 0 */
  readonly maxRequestsPerSecond?: number
  /**
   * Memory for marks, in bytes; a store that needs more is collected in several passes. A blob has one mark and one for each
   * repository that links it; each takes about 20 bytes. @default 134217728
   */
  readonly markBytes?: number
  /**
   * At most so many cells are condemned at a time, each batch with a second mark of its own; each takes some 500 bytes
   * until then. @default a thousandth of `markBytes`, 134217
   */
  readonly batchSize?: number
  /**
   * Waits at the end until the bytes that this run took out of use may be deleted, and deletes them; else a later run
   * does. @default false
   */
  readonly waitForBytes?: boolean
  /** Does nothing when a run, of any replica, ended less than so many milliseconds ago. @default 0 */
  readonly unlessFinishedWithinMs?: number
  /** Runs beside a run that is under way. Safe, but both do the same work. @default false */
  readonly ignoreLease?: boolean
  readonly onProgress?: (progress: GarbageProgress) => void
  /** Told of everything that goes, or in a dry run would go. */
  readonly onFinding?: (finding: GarbageFinding) => void
}

/** A tag or a manifest that a retention policy gives up. */
export type GarbageDrop = {
  readonly repository: string
  /** Of the manifest; of a tag, what it named when the policy looked: a tag that has moved since stays. */
  readonly digest: Digest
} & (
  | { readonly what: 'manifest' }
  /** `pushedAt` as the policy saw it: a tag pushed again since stays. */
  | { readonly what: 'tag'; readonly tag: string; readonly pushedAt: string }
)

/**
 * `trash` deletes the bytes of earlier runs, `drop` what a policy gives up, `mark` finds what is named, `condemn` sets
 * aside what is not, `mark-again` and `sweep` decide about it.
 */
export type GarbagePhase = 'trash' | 'drop' | 'mark' | 'condemn' | 'mark-again' | 'sweep' | 'wait'

export interface GarbageProgress {
  readonly phase: GarbagePhase
  /** Cells or entries of this phase so far. */
  readonly done: number
  /** How many there will be, where that is known. */
  readonly total?: number
}

/**
 * `unreferenced`: no manifest names the blob, or none of the repository the link; `untagged`: a manifest older than
 * `untaggedOlderThanMs`; `dangling`: a tag of a manifest that is not there; `policy`: one of `drops`.
 */
export type GarbageReason = 'unreferenced' | 'untagged' | 'dangling' | 'policy'

export interface GarbageFinding {
  readonly what: 'blob' | 'link' | 'manifest' | 'tag'
  /** Absent for a blob, which is no repository's. */
  readonly repository?: string
  /** Of a tag, what it names. */
  readonly digest: Digest
  readonly tag?: string
  /** Bytes of the blob or manifest; 0 for links and tags. */
  readonly size: number
  readonly why: GarbageReason
}

/** Cells of one kind. */
export interface GarbageCounts {
  /** Not dead at the first look. */
  readonly seen: number
  /** Of these, named by something. */
  readonly kept: number
  /** Of these, not named and younger than the grace. */
  readonly young: number
  /** Of these, condemned, or found so. */
  readonly condemned: number
  /** Condemned ones that turned out to be needed: found by the second mark, or used by a client meanwhile. */
  readonly rescued: number
  /** Gone; in a dry run those that would be condemned. */
  readonly removed: number
}

export interface GarbageReport {
  /** `busy`: another run is under way; `recent`: one ended less than `unlessFinishedWithinMs` ago. Nothing was done then. */
  readonly outcome: 'done' | 'busy' | 'recent'
  readonly dryRun: boolean
  /** ISO 8601 */
  readonly startedAt: string
  readonly durationMs: number
  readonly manifests: GarbageCounts & {
    /** Manifests that had to be read because they were new since the last run. */
    readonly read: number
  }
  readonly links: GarbageCounts
  readonly blobs: GarbageCounts
  readonly tags: {
    readonly seen: number
    /** Tags that had to be read because they were new or moved. */
    readonly read: number
    /** Gone because their manifest is, or because a policy says so. */
    readonly removed: number
  }
  readonly bytes: {
    /** Deleted by this run. */
    readonly freed: number
    /** Out of use and awaiting deletion by a later run; in a dry run those of blobs that would go. */
    readonly pending: number
  }
  /** To the bucket, by method. */
  readonly requests: {
    readonly list: number
    readonly read: number
    readonly write: number
    readonly delete: number
  }
}

export interface ExplainOptions extends OperationOptions, Pick<GarbageOptions, 'graceMs' | 'untaggedOlderThanMs'> {
  /** Keepers told of each cell, at most. @default 20 */
  readonly limit?: number
}

/** Why a cell stays: a manifest, index or tag names it, its subject lives, or untagged manifests are kept. */
export type Keeper =
  | {
      readonly kind: 'manifest' | 'index'
      readonly repository: string
      readonly digest: Digest
      /** Tags of that manifest, at most 20. */
      readonly tags: readonly string[]
    }
  | { readonly kind: 'tag'; readonly repository: string; readonly tag: string }
  | { readonly kind: 'subject'; readonly repository: string; readonly digest: Digest }
  | { readonly kind: 'untagged-are-kept' }

export interface ExplainedCell {
  readonly what: 'blob' | 'link' | 'manifest'
  readonly repository?: string
  /** `condemned`: a run under way, or one that was cut off, wants it; readable all the same. */
  readonly state: 'live' | 'condemned'
  readonly size: number
  /** ISO 8601: when it was last written, from which its age counts. */
  readonly modifiedAt: string
  /** `kept`: something names it; `young`: nothing does, but it is younger than the grace; `goes`: with the next run. */
  readonly verdict: 'kept' | 'young' | 'goes'
  /** At most `limit`; empty unless it is `kept`. */
  readonly keepers: readonly Keeper[]
  /** All there are. */
  readonly keeperCount: number
}

export interface Explanation {
  readonly digest: Digest
  /** What the store has under this digest: the blob, its links, the manifest in each repository. Empty: nothing. */
  readonly cells: readonly ExplainedCell[]
}

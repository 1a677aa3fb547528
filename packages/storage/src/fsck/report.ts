/**
 * What fsck is asked for, and what it tells. Options and reports are plain data but for the callbacks, so that another
 * process can be asked for a run.
 * @module
 */
import type { Digest } from '@tsreg/oci'
import type { OperationOptions } from '@tsreg/oci/content'

export interface FsckOptions extends OperationOptions {
  /** Also reads all bytes and hashes them; without it bytes are looked for, and their size compared. @default false */
  readonly deep?: boolean
  /** Mends what the protocol proves safe to mend, also beside running registries. @default false */
  readonly repair?: boolean
  /**
   * Age in milliseconds up to which a manifest that lacks something is taken for a push under way and not told. Politeness:
   * the next run tells. @default 60000
   */
  readonly youngMs?: number
  /** Memory for lists that have to be sorted, in bytes; longer ones go through unnamed temporary files. @default 16777216 */
  readonly sortBytes?: number
  readonly onProgress?: (progress: FsckProgress) => void
  /** Told of each problem when it has been settled; the run waits for it. */
  readonly onFinding?: (finding: FsckFinding) => void | Promise<void>
}

export type FsckPhase =
  | 'objects'
  | 'sessions'
  | 'pointers'
  | 'trash'
  | 'links'
  | 'manifests'
  | 'tags'
  | 'markers'
  | 'bytes'
  | 'references'

export interface FsckProgress {
  readonly phase: FsckPhase
  /** Cells or objects of this phase so far. */
  readonly done: number
  /** How many there will be, where that is known. */
  readonly total?: number
  /** Bytes hashed so far, in a deep run. */
  readonly hashedBytes?: number
}

/** What each problem is, whether somebody misses something because of it, and what `repair` does about it. */
export const fsckProblems = {
  'blob-missing': {
    harm: 'damage',
    meaning: 'a blob whose bytes are gone',
    repair: 'it is given up, so that a push of it stores it anew',
  },
  'blob-corrupt': {
    harm: 'damage',
    meaning: 'a blob whose bytes are not what its digest or size says',
    repair: 'it is given up, so that a push of it stores it anew; the bytes go with garbage collection',
  },
  'manifest-corrupt': {
    harm: 'damage',
    meaning: 'a manifest whose bytes are not what its digest says',
    repair: '',
  },
  'manifest-incomplete': {
    harm: 'damage',
    meaning: 'a manifest that needs a blob which its repository does not have',
    repair: '',
  },
  'cell-unreadable': { harm: 'damage', meaning: 'a cell that is not one of ours', repair: '' },
  'tag-dangling': {
    harm: 'damage',
    meaning: 'a tag of a manifest that is not there',
    repair: 'it is deleted',
  },
  'marker-missing': {
    harm: 'damage',
    meaning: 'a manifest or tag that a list leaves out: its marker is missing',
    repair: 'the marker is written',
  },
  'bytes-orphaned': {
    harm: 'litter',
    meaning: 'bytes that nothing names',
    repair: 'they are deleted',
  },
  'link-dangling': {
    harm: 'litter',
    meaning: 'the right of a repository to read a blob that is not there',
    repair: '',
  },
  'marker-stale': {
    harm: 'litter',
    meaning: 'a marker that leads to a dead manifest; readers pass it over',
    repair: '',
  },
  'object-foreign': { harm: 'litter', meaning: 'an object among the bytes that is not ours', repair: '' },
} as const satisfies Record<
  string,
  { readonly harm: 'damage' | 'litter'; readonly meaning: string; readonly repair: string }
>

export type FsckProblem = keyof typeof fsckProblems

export interface FsckFinding {
  readonly problem: FsckProblem
  /** Of the cell or object. */
  readonly key: string
  readonly repository?: string
  /** Of the blob or manifest; of a tag, what it names. */
  readonly digest?: Digest
  readonly tag?: string
  /** Of the blob or object; 0 where there is none. */
  readonly size: number
  /** What is wrong, with both values. */
  readonly detail: string
  readonly repaired: boolean
}

export interface FsckCount {
  readonly found: number
  readonly repaired: number
  /** Of all found. */
  readonly bytes: number
}

export interface FsckReport {
  readonly deep: boolean
  readonly repair: boolean
  /** ISO 8601 */
  readonly startedAt: string
  readonly durationMs: number
  /** What was looked at. */
  readonly checked: {
    readonly pointers: number
    readonly links: number
    readonly manifests: number
    readonly tags: number
    readonly markers: number
    /** Uploads under way, or waiting for the janitor. */
    readonly sessions: number
    /** Objects with bytes, and how many bytes. */
    readonly objects: number
    readonly objectBytes: number
    /** Objects that await deletion by garbage collection. */
    readonly trash: number
    /** Bytes whose digest was computed. */
    readonly hashedBytes: number
  }
  /** Every problem that was found at least once. */
  readonly problems: Readonly<Partial<Record<FsckProblem, FsckCount>>>
  /** Problems that somebody misses something because of, and that were not repaired. */
  readonly damage: number
}

/**
 * What the registry has promised: every acknowledged image, and for every tag what it may show now.
 * @module
 */

/** An image whose manifest got 201. */
export interface AcknowledgedImage {
  readonly repository: string
  readonly digest: string
  readonly blobs: readonly { readonly digest: string; readonly size: number }[]
}

/** A tag is written by one pusher only, one attempt at a time. `undefined` stands for no such tag. */
export interface TagLedger {
  /** A write is about to be sent: to a digest, or a delete. */
  attempt(tag: string, digest: string | undefined): void
  /** The last attempt was acknowledged: nothing earlier may show any more. */
  acknowledge(tag: string): void
  /** The server is quiet and shows this: from now on it must go on showing it. */
  settle(tag: string, digest: string | undefined): void
  /** The state last acknowledged, and every unacknowledged attempt since. */
  allowed(tag: string): readonly (string | undefined)[]
  /** Whether the tag was ever to be this. */
  wasAttempted(tag: string, digest: string | undefined): boolean
  /** All tags ever attempted, as `repository:tag`. */
  tags(): readonly string[]
}

export function createTagLedger(): TagLedger {
  const states = new Map<string, (string | undefined)[]>()
  const history = new Map<string, Set<string | undefined>>()
  const statesOf = (tag: string) => states.get(tag) ?? [undefined]
  return {
    attempt(tag, digest) {
      states.set(tag, [...statesOf(tag), digest])
      history.set(tag, (history.get(tag) ?? new Set([undefined])).add(digest))
    },
    acknowledge: (tag) => void states.set(tag, statesOf(tag).slice(-1)),
    settle: (tag, digest) => void states.set(tag, [digest]),
    allowed: statesOf,
    wasAttempted: (tag, digest) => history.get(tag)?.has(digest) ?? digest === undefined,
    tags: () => [...states.keys()],
  }
}

/** Shared by all pushers and pullers. */
export interface Ledger {
  readonly tags: TagLedger
  /** In the order of their acknowledgement. */
  readonly images: AcknowledgedImage[]
  count(what: Counter): void
}

export type Counter = 'pulls' | 'tagDeletes' | 'resumedUploads'

/**
 * The object store that the protocol may rely on, and nothing more: GET and LIST, both strongly consistent, PUT (plain, if
 * absent, or if the version is still the one seen), unconditional DELETE.
 *
 * A store is an immutable map from keys to cells. Versions are never used twice (every body carries a fresh nonce), so all
 * writes are numbered 1, 2, 3 ..., and a version that a process remembers is a {@link Ref}.
 * @module
 */

/** A version of a key that a process saw; 0: it saw the key absent. */
export interface Ref {
  readonly key: string
  readonly version: number
}

/** What a cell says. Which fields there are depends on the kind of key; see `processes.ts`. */
export interface Body {
  readonly st?: 'live' | 'cond' | 'dead' | 'new' | 'open' | 'commit' | 'discard' | 'mark'
  /** Session that wrote the bytes; `-`: they are in the pointer itself. */
  readonly x?: string | null
  /** Digest of a blob, or of the manifest that a tag names. */
  readonly d?: string | null
  /** Version of the pointer that an upload will replace. */
  readonly base?: Ref | null
  /** Not in the real cell: which push wrote the tag, counted by the deletes of its manifest before. */
  readonly gen?: number | undefined
}

export interface Cell {
  readonly body: Body
  readonly version: number
  /** Time of the write. */
  readonly at: number
}

export type Store = Readonly<Record<string, Cell>>

export type Operation =
  | { readonly type: 'get'; readonly key: string }
  | { readonly type: 'list'; readonly prefix: string; readonly only?: RegExp }
  /** `condition` absent: plain; of version 0: create; else compare-and-swap. */
  | { readonly type: 'put'; readonly key: string; readonly body: Body; readonly condition?: Ref }
  /** `condition` only on stores with conditional DELETE. */
  | { readonly type: 'delete'; readonly key: string; readonly condition?: Ref | undefined }

/** What GET answers of a key that is there. */
export interface Seen {
  readonly body: Body
  readonly ref: Ref
  readonly age: number
}

/** One entry of what LIST answers: bodies are read with a GET by whoever needs more than dead or alive. */
export interface Listed extends Seen {
  readonly key: string
  readonly dead: boolean
}

/** What PUT answers. */
export interface Put {
  readonly ok: boolean
  /** The version written. */
  readonly ref?: Ref
  /** The reply was lost, and `ok: false` means that the nonce was not found, which proves nothing. */
  readonly unsure?: boolean
}

export type Reply = Seen | null | readonly Listed[] | Put

/** Replaces a cell that died. 36 bytes in the real store. */
export const tombstone: Body = Object.freeze({ st: 'dead' })

export interface Applied {
  readonly store: Store
  readonly reply: Reply
  readonly wrote: boolean
}

/** One operation; `version` is the number that a write gets. */
export function apply(store: Store, operation: Operation, version: number, clock: number): Applied {
  const seen = (key: string, cell: Cell): Seen => ({
    body: cell.body,
    ref: { key, version: cell.version },
    age: clock - cell.at,
  })
  switch (operation.type) {
    case 'get': {
      const cell = store[operation.key]
      return { store, reply: cell === undefined ? null : seen(operation.key, cell), wrote: false }
    }
    case 'list': {
      const { prefix, only } = operation
      const reply = Object.entries(store)
        .filter(([key]) => key.startsWith(prefix) && (only === undefined || only.test(key)))
        .sort(([a], [b]) => (a < b ? -1 : 1))
        .map(([key, cell]) => ({ key, dead: cell.body.st === 'dead', ...seen(key, cell) }))
      return { store, reply, wrote: false }
    }
    case 'put': {
      const { key, body, condition } = operation
      if (condition !== undefined && !isCurrent(store, condition)) return { store, reply: { ok: false }, wrote: false }
      const ref = { key, version }
      return { store: { ...store, [key]: { body, version, at: clock } }, reply: { ok: true, ref }, wrote: true }
    }
    case 'delete': {
      const { key, condition } = operation
      if (store[key] === undefined || (condition !== undefined && !isCurrent(store, condition)))
        return { store, reply: null, wrote: false }
      const { [key]: _, ...rest } = store
      return { store: rest, reply: null, wrote: true }
    }
  }
}

/** True while nobody has written the key since. */
export function isCurrent(store: Store, { key, version }: Ref): boolean {
  return (store[key]?.version ?? 0) === version
}

/** A pointer, link or manifest that serves readers. */
export function isUp(cell: { readonly body: Body } | null | undefined): boolean {
  return isLive(cell) || isCondemned(cell)
}

export function isLive(cell: { readonly body: Body } | null | undefined): boolean {
  return cell?.body.st === 'live'
}

/** Wanted by GC: readable, and whoever needs it sets it back to live. */
export function isCondemned(cell: { readonly body: Body } | null | undefined): boolean {
  return cell?.body.st === 'cond'
}

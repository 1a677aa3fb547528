/**
 * Cells: small objects that change only by compare-and-swap. A live cell is a JSON header with a fresh nonce, a newline,
 * and a payload; a dead one is a tombstone.
 * @module
 */
import { randomUUID } from 'node:crypto'
import type { OperationOptions } from '@tsreg/oci/content'
import type { Bucket, Cell, CellWrite, ETag, PutOptions } from './bucket/bucket.ts'

/** What a write replaces: a version seen before, or nothing. */
export type Version = ETag | undefined

export interface CellState<H> {
  /** Undefined: no object has the key. */
  readonly version: Version
  readonly modifiedMs: number
  /** Undefined: absent or a tombstone. */
  readonly header: H | undefined
  readonly payload: Uint8Array
}

export interface CellChange<H> {
  readonly key: string
  readonly version: Version
  readonly header: H
  readonly payload?: Uint8Array
}

/** `once`: see the bucket's {@link PutOptions}. */
export type WriteOptions = OperationOptions & Pick<PutOptions, 'once'>

export interface Cells {
  read<H>(key: string, options?: OperationOptions): Promise<CellState<H>>
  /** Creates the cell or replaces `version`; the new version, or undefined when another writer was faster. */
  write<H>(change: CellChange<H>, options?: WriteOptions): Promise<Version>
  /** Independent {@link write}s in one go, results in their order. */
  writeAll<H>(changes: readonly CellChange<H>[], options?: OperationOptions): Promise<readonly Version[]>
  /** Ends a tag, link or manifest; false when another writer was faster. */
  bury(key: string, version: ETag, options?: OperationOptions): Promise<boolean>
  /** Replaces a pointer, or its absence, by a tombstone; false when another writer was faster. */
  entomb(key: string, version: Version, options?: OperationOptions): Promise<boolean>
  /** Writes markers. A marker is a hint: what it says is verified against cells by whoever reads it. */
  mark(keys: readonly string[], options?: OperationOptions): Promise<void>
}

/** Bytes of a tombstone, so that the size in a LIST tells the dead from the living without a read. */
export const tombstoneBytes = 36

/** True for an object of a listing or a cell that is dead. A live cell is longer: its nonce alone has as many bytes. */
export function isTombstone(object: { readonly size: number } | { readonly body: Uint8Array }): boolean {
  return ('size' in object ? object.size : object.body.byteLength) === tombstoneBytes
}

const nothing = new Uint8Array(0)
const newline = 0x0a

export function cellsOf(bucket: Bucket): Cells {
  const { conditionalDelete } = bucket.capabilities

  async function put(write: CellWrite & { readonly body: Uint8Array }, options: WriteOptions): Promise<Version> {
    const { key, body, ...condition } = write
    try {
      const outcome = await bucket.put(key, body, { ...condition, ...options })
      return outcome.ok ? outcome.etag : undefined
    } catch (error) {
      return await settle(write, error, options)
    }
  }

  // A write that failed may have happened all the same. Every body is unique, so finding it proves that it did; not
  // finding it proves nothing, because the write may still be on its way: then the failure stands.
  async function settle(write: { key: string; body: Uint8Array }, error: unknown, options: OperationOptions) {
    const now = await bucket.read(write.key, options).catch(() => undefined)
    if (now !== undefined && Buffer.compare(now.body, write.body) === 0) return now.etag
    throw error
  }

  async function entomb(key: string, version: Version, options: OperationOptions = {}): Promise<boolean> {
    const body = Buffer.from(randomUUID())
    return (await put({ key, body, ...condition(version) }, options)) !== undefined
  }

  return {
    async read<H>(key: string, options: OperationOptions = {}) {
      return decode<H>(await bucket.read(key, options))
    },

    write: (change, options = {}) => put(encode(change), options),

    async writeAll(changes, options = {}) {
      const [only] = changes
      if (only !== undefined && changes.length === 1) return [await put(encode(only), options)]
      const writes = changes.map(encode)
      try {
        const outcomes = await bucket.batch(writes, options)
        return outcomes.map((outcome) => (outcome.ok ? outcome.etag : undefined))
      } catch (error) {
        return await Promise.all(writes.map((write) => settle(write, error, options)))
      }
    },

    // A real deletion is as good as a tombstone where nobody can hold on to "absent" for long: tags, links and manifests
    // are read and written back at once, so a create that succeeds means that the key is absent now, whatever came
    // between. A pointer's absence is different: upload sessions record it as the `base` that they may replace, perhaps
    // a day later; if it came back after the blob had lived and died, an old session would publish deleted bytes. So
    // pointers leave tombstones on every store, and those are never removed.
    async bury(key, version, options = {}) {
      if (!conditionalDelete) return await entomb(key, version, options)
      try {
        return (await bucket.delete(key, { ifMatch: version, ...options })).ok
      } catch (error) {
        const now = await bucket.read(key, options).catch(() => ({ etag: version }))
        if (now === undefined) return true
        throw error
      }
    },

    entomb,

    async mark(keys, options = {}) {
      if (keys.length === 0) return
      await bucket.batch(
        keys.map((key) => ({ key, body: nothing })),
        options,
      )
    },
  }
}

function condition(version: Version): { ifAbsent: true } | { ifMatch: ETag } {
  return version === undefined ? { ifAbsent: true } : { ifMatch: version }
}

// The nonce rules out that an ETag, which is a hash of the body on many stores, ever comes back.
function encode<H>({ key, version, header, payload = nothing }: CellChange<H>) {
  const head = Buffer.from(`${JSON.stringify({ ...header, n: randomUUID() })}\n`)
  const body = payload.byteLength === 0 ? head : Buffer.concat([head, payload])
  return { key, body, ...condition(version) }
}

function decode<H>(cell: Cell | undefined): CellState<H> {
  if (cell === undefined) return { version: undefined, modifiedMs: 0, header: undefined, payload: nothing }
  const { body, etag: version, modifiedMs } = cell
  if (isTombstone(cell)) return { version, modifiedMs, header: undefined, payload: nothing }
  const end = body.indexOf(newline)
  const header = JSON.parse(Buffer.from(body.buffer, body.byteOffset, end).toString()) as H
  return { version, modifiedMs, header, payload: body.subarray(end + 1) }
}

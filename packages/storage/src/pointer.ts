/**
 * Pointers: the cell per digest that says where the bytes of a blob are. Its change to `live` is the commit point of
 * every upload.
 * @module
 */
import type { Digest } from '@tsreg/oci'
import type { OperationOptions } from '@tsreg/oci/content'
import type { CellState, Version } from './cells.ts'
import { contention, isStale, maxTurns, type StorageContext } from './context.ts'
import { pointerKey } from './paths.ts'

export interface PointerHeader {
  /** `cond`: GC wants it; whoever needs it sets it back to `live`. Readable all the same. */
  readonly st: 'live' | 'cond'
  /** Session that wrote the bytes; `-` for a blob whose bytes are the payload of this cell. */
  readonly x: string
  /** Object with the bytes; absent when they are in the payload. */
  readonly key?: string
  readonly size: number
}

export type PointerState = CellState<PointerHeader>
/** A pointer that is `live` or `cond`. */
export type PresentPointer = PointerState & { readonly header: PointerHeader }

export function readPointer(context: StorageContext, digest: Digest, options?: OperationOptions) {
  return context.cells.read<PointerHeader>(pointerKey(digest), options)
}

export function isPresent(pointer: PointerState): pointer is PresentPointer {
  return pointer.header !== undefined
}

/** True when the bytes are those of session `x`. */
export function pointsTo(pointer: PointerState, x: string): boolean {
  return pointer.header?.x === x
}

/** Replaces the version seen by a live pointer to the bytes of a session, or with the bytes in it; undefined: lost. */
export function publishPointer(
  context: StorageContext,
  digest: Digest,
  version: Version,
  target: { readonly x: string; readonly key: string; readonly size: number } | { readonly bytes: Uint8Array },
  options?: OperationOptions,
): Promise<Version> {
  const header: PointerHeader =
    'bytes' in target ? { st: 'live', x: '-', size: target.bytes.byteLength } : { st: 'live', ...target }
  const payload = 'bytes' in target ? { payload: target.bytes } : {}
  return context.cells.write({ key: pointerKey(digest), version, header, ...payload }, options)
}

/** True when a present pointer must be written before it may be relied on: condemned, or old enough for GC's attention. */
export function needsRefresh(context: StorageContext, pointer: PresentPointer): boolean {
  return pointer.header.st === 'cond' || isStale(pointer.modifiedMs, context.options)
}

/** Rescue and touch: writes it `live` with a fresh version; false when another writer was faster. */
export async function refreshPointer(
  context: StorageContext,
  digest: Digest,
  { header, payload, version }: PresentPointer,
  options?: OperationOptions,
): Promise<boolean> {
  const change = { key: pointerKey(digest), version, header: { ...header, st: 'live' as const }, payload }
  return (await context.cells.write(change, options)) !== undefined
}

/**
 * Reads the pointer, refreshed where needed; undefined when it is absent or dead.
 * @param need 'upload': also touched when it is old, because no manifest may name the blob yet; 'manifest': one does.
 */
export async function securePointer(
  context: StorageContext,
  digest: Digest,
  need: 'upload' | 'manifest',
  options?: OperationOptions,
): Promise<PresentPointer | undefined> {
  for (let turn = 0; turn < maxTurns; turn++) {
    const pointer = await readPointer(context, digest, options)
    if (!isPresent(pointer)) return undefined
    const refresh = need === 'upload' ? needsRefresh(context, pointer) : pointer.header.st === 'cond'
    if (!refresh) return pointer
    await refreshPointer(context, digest, pointer, options)
  }
  throw contention(`blob ${digest}`)
}

/**
 * Gives a blob up: its pointer dies, in the order in which garbage collection ends one, and a push of the blob stores it
 * anew. What no reader can use any more is taken away; that it is missing shows in the manifests that need it.
 * @module
 */
import { randomUUID } from 'node:crypto'
import type { Digest } from '@tsreg/oci'
import type { ETag } from '../bucket/bucket.ts'
import { contention, maxTurns } from '../context.ts'
import { gcTrashPrefix, pointerKey } from '../paths.ts'
import type { PointerHeader } from '../pointer.ts'
import { readSession, writeSession } from '../upload-session.ts'
import type { FsckRun } from './run.ts'

export interface GivenUp {
  readonly digest: Digest
  /** Of the pointer, as it was before its bytes were looked at. */
  readonly version: ETag
  readonly header: PointerHeader
  /** True when the object is there and has to go, once no URL leads to it any more. */
  readonly hasBytes: boolean
}

/** False: another writer changed the pointer since. */
export async function giveUpBlob(run: FsckRun, { digest, version, header, hasBytes }: GivenUp): Promise<boolean> {
  const { context, signal } = run
  const { x, key: object, size } = header
  const key = pointerKey(digest)
  if (object !== undefined) await fence(run, x)
  if (object !== undefined && hasBytes) {
    const entry = Buffer.from(JSON.stringify({ digest, x, key: object, size }))
    // Known to be written before the pointer dies: afterwards nothing else leads to the bytes.
    await context.bucket.put(`${gcTrashPrefix}${randomUUID()}.${size}`, entry, { signal })
  }
  const done = await context.cells.entomb(key, version, { signal })
  if (done) context.cache.drop(key)
  return done
}

/** From here on nobody publishes the bytes of session `x` again. */
async function fence({ context, signal }: FsckRun, x: string): Promise<void> {
  for (let turn = 0; turn < maxTurns; turn++) {
    const { header, payload, version } = await readSession(context, x, { signal })
    if (header === undefined || header.st === 'discard') return
    const next = { ...header, st: 'discard' as const }
    if ((await writeSession(context, x, version, next, payload, { signal })) !== undefined) return
  }
  throw contention(`upload ${x}`)
}

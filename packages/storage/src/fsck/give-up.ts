/**
 * Gives a blob up: its pointer dies, in the order in which garbage collection ends one, and a push of the blob stores it
 * anew. What no reader can use any more is taken away; that it is missing shows in the manifests that need it.
 * @module
 */
import type { Digest } from '@tsreg/oci'
import type { ETag } from '../bucket/bucket.ts'
import { fence } from '../garbage-collect/sweep.ts'
import { writeTrash } from '../garbage-collect/trash.ts'
import { pointerKey } from '../paths.ts'
import type { PointerHeader } from '../pointer.ts'
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
  // Known to be written before the pointer dies: afterwards nothing else leads to the bytes.
  if (object !== undefined && hasBytes) await writeTrash(run, { digest, x, key: object, size })
  const done = await context.cells.entomb(key, version, { signal })
  if (done) context.cache.drop(key)
  return done
}

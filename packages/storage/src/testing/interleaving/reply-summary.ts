/**
 * What a process learns from a reply of the bucket, in a few words.
 * @module
 */
import { isOciError } from '@tsreg/oci'
import type { Bucket, Cell } from '../../bucket/index.ts'
import type { BucketOperation } from '../wrapped-bucket.ts'

export interface Summary<T> {
  readonly text: string
  /** The reply itself; throws when the operation did. */
  give(): T
}

/** Two replies with one summary are the same to whoever gets them: versions are never used twice. */
export async function summaryOf<T>(
  { name, keys }: BucketOperation,
  shared: Bucket,
  call: () => Promise<T>,
): Promise<Summary<T>> {
  // Of a stream nothing is known but what it is read from.
  const before = name === 'get' ? await shared.stat(keys[0] ?? '') : undefined
  try {
    const reply = await call()
    return { text: before?.etag ?? textOf(name, reply), give: () => reply }
  } catch (error) {
    return {
      text: isOciError(error) ? error.code : String(error),
      give() {
        throw error
      },
    }
  }
}

function textOf(name: string, reply: unknown): string {
  if (name === 'read') return (reply as Cell | undefined)?.etag ?? 'absent'
  if (name === 'start') return (reply as { readonly id: string }).id
  return JSON.stringify(reply) ?? 'nothing'
}

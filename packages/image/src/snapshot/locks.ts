/**
 * Who may do what at the same time: one process at a time makes a layer or a writable layer, and things are put in place and
 * taken away under one lock, which is held for a few renames only.
 * @module
 */
import { mkdirSync } from 'node:fs'
import type { OperationOptions } from '@tsreg/oci/content'
import { lockWhenFree, withFileLock } from '../files/file-lock.ts'
import type { SnapshotPaths } from './paths.ts'

/**
 * How long to wait for others: each is soon done, but a busy machine with many of them is slow. One that has died holds
 * nothing.
 */
const patienceMs = 300_000

/** For what is short. @throws LAYOUT_BUSY */
export async function changingState<T>(
  paths: SnapshotPaths,
  { signal }: OperationOptions,
  work: () => Promise<T> | T,
): Promise<T> {
  mkdirSync(paths.locks, { recursive: true })
  return withFileLock(paths.stateLock, { signal, timeoutMs: patienceMs }, async () => work())
}

/** For what takes as long as it takes: whoever else wants it waits, and finds it done. */
export async function making<T>(
  paths: SnapshotPaths,
  lock: string,
  { signal }: OperationOptions,
  work: () => Promise<T>,
): Promise<T> {
  mkdirSync(paths.locks, { recursive: true })
  const held = await lockWhenFree(lock, { signal, timeoutMs: Number.POSITIVE_INFINITY })
  try {
    return await work()
  } finally {
    held.releaseAndRemove()
  }
}

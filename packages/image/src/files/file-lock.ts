/**
 * Locks between processes that the kernel frees when their holder dies, however it dies: on Linux flock(2) on an empty file,
 * elsewhere an exclusive transaction on one that is SQLite's. Unlike a file with a process number in it, such a lock cannot
 * become stale.
 * @module
 */
import { closeSync, fstatSync, openSync, statSync, unlinkSync } from 'node:fs'
import { open } from 'node:fs/promises'
import type { DatabaseSync } from 'node:sqlite'
import { setTimeout as delay } from 'node:timers/promises'
import { ImageError } from '../errors.ts'
import { tryFlock } from '../syscalls/flock.ts'
import { hasSystemCode } from './system-error.ts'

export interface FileLock {
  /** Frees the lock and removes its file, so that locks on many short-lived names leave nothing behind. */
  readonly releaseAndRemove: () => void
  /** Frees the lock and leaves its file. */
  readonly release: () => void
}

export interface WaitOptions {
  readonly signal?: AbortSignal | undefined
  /**
   * How long to wait for another holder, in milliseconds.
   * @default 30000
   */
  readonly timeoutMs?: number | undefined
}

/** Runs `work` while holding the lock. @throws LAYOUT_BUSY when another process keeps it for longer than the timeout. */
export async function withFileLock<T>(path: string, options: WaitOptions, work: () => Promise<T>): Promise<T> {
  const lock = await lockWhenFree(path, options)
  try {
    return await work()
  } finally {
    lock.release()
  }
}

/** The lock, or undefined when somebody else has it: another process, or this one. */
export async function tryFileLock(path: string): Promise<FileLock | undefined> {
  // By the system and not by what works: two processes that lock one file in different ways would both have it.
  return process.platform === 'linux' ? lockDescriptor(path) : lockDatabase(path)
}

/** A few calls; opening a database takes a millisecond, and the first one five more. */
function lockDescriptor(path: string): FileLock | undefined {
  const fd = openSync(path, 'a')
  const release = () => closeSync(fd)
  try {
    // As below: one without a name excludes nobody.
    if (tryFlock(fd) && statSync(path, { throwIfNoEntry: false })?.ino === fstatSync(fd).ino) {
      return { release, releaseAndRemove: () => removeAndRelease(path, release) }
    }
  } catch (error) {
    release()
    throw error
  }
  release()
  return undefined
}

/** How {@link tryFileLock} locks where it is not by flock(2). */
export async function lockDatabase(path: string): Promise<FileLock | undefined> {
  const { DatabaseSync } = await import('node:sqlite')
  await createEmpty(path)
  const before = inodeOf(path)
  const database = new DatabaseSync(path)
  if (!lockExclusively(database)) {
    database.close()
    return undefined
  }
  // The file was removed by its last holder after we had opened it: a lock on a file without a name excludes nobody.
  if (before === undefined || before !== inodeOf(path)) {
    database.close()
    return undefined
  }
  const release = () => database.close()
  return { release, releaseAndRemove: () => removeAndRelease(path, release) }
}

function removeAndRelease(path: string, release: () => void): void {
  try {
    unlinkSync(path)
  } finally {
    release()
  }
}

/** The lock, once nobody else has it. @throws LAYOUT_BUSY when another process keeps it for longer than the timeout. */
export async function lockWhenFree(path: string, { signal, timeoutMs = 30_000 }: WaitOptions): Promise<FileLock> {
  const deadline = performance.now() + timeoutMs
  for (let waitMs = 1; ; waitMs = Math.min(waitMs * 2, 50)) {
    signal?.throwIfAborted()
    const lock = await tryFileLock(path)
    if (lock !== undefined) return lock
    if (performance.now() > deadline) {
      throw new ImageError('LAYOUT_BUSY', `${path} has been locked by another process for more than ${timeoutMs} ms`, {
        detail: { path, timeoutMs },
      })
    }
    await delay(waitMs, undefined, signal === undefined ? {} : { signal })
  }
}

function lockExclusively(database: DatabaseSync): boolean {
  try {
    // Without a journal file: it would take the mode of the lock's file, which its last holder may remove at this moment.
    // OFF would do as well, but Node's connections refuse it and stay with a file.
    database.exec('PRAGMA journal_mode = MEMORY; BEGIN EXCLUSIVE')
    return true
  } catch (error) {
    const sqliteBusy = 5
    if ((error as { errcode?: number }).errcode === sqliteBusy) return false
    database.close()
    throw error
  }
}

// Never opened when it exists: closing any descriptor of a file drops the process's locks on it (POSIX, fcntl).
async function createEmpty(path: string): Promise<void> {
  try {
    await (await open(path, 'wx')).close()
  } catch (error) {
    if (!hasSystemCode(error, 'EEXIST')) throw error
  }
}

function inodeOf(path: string): bigint | undefined {
  return statSync(path, { bigint: true, throwIfNoEntry: false })?.ino
}

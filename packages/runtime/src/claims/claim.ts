/**
 * Claims: what says, for all other processes, that a container or step is being worked on, and by a process that lives.
 * A claim is a file that its holder has locked; the kernel frees the lock when the holder dies, however it dies, and what
 * is found claimed and unlocked is cleared away by whoever comes next (see `sweep`).
 *
 * ```
 * claims/<id>   locked:       the container is being made, or somebody attends to it
 *               not locked:   nobody does, and it is to go as soon as it has ended
 *               not there:    it stays until it is removed
 * ```
 * @module
 */
import { closeSync, fstatSync, mkdirSync, openSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { tryFlock } from '@tsreg/image/syscalls'
import { RuntimeError } from '../errors.ts'

export interface Claim extends Disposable {
  readonly id: string
  /** The container stays: the claim is gone. */
  keep(): void
  /** Nobody attends any more, and what was claimed goes when it has ended. The same as disposing of the claim. */
  leave(): void
}

/** Where the claim of a container or step is. @param directory with all containers: `$TSREG_HOME/containers` */
export function claimPath(directory: string, id: string): string {
  return join(directory, 'claims', id)
}

/**
 * Claims an ID before anything of it is made, so that nothing made in its name is left behind.
 * @throws RuntimeError CONTAINER_BUSY when another process holds the claim for longer than `timeoutMs`
 */
export async function claim(directory: string, id: string, { timeoutMs = 10_000 } = {}): Promise<Claim> {
  const path = claimPath(directory, id)
  mkdirSync(join(directory, 'claims'), { recursive: true })
  const deadline = performance.now() + timeoutMs
  for (;;) {
    const fd = lockFile(path, 'a')
    if (fd !== undefined) return heldClaim(id, path, fd)
    if (performance.now() > deadline) {
      throw new RuntimeError('CONTAINER_BUSY', `container ${id} is in the hands of another process`, { detail: { id } })
    }
    await delay(5)
  }
}

/** The claim of an ID that nobody attends to; undefined when there is none, or somebody holds it. */
export function takeOverClaim(directory: string, id: string): Claim | undefined {
  const path = claimPath(directory, id)
  try {
    const fd = lockFile(path, 'r+')
    return fd === undefined ? undefined : heldClaim(id, path, fd)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
}

/** The descriptor of the locked file; undefined when another process has it, or removed it meanwhile. */
function lockFile(path: string, flags: string): number | undefined {
  const fd = openSync(path, flags, 0o600)
  if (tryFlock(fd) && statSync(path, { throwIfNoEntry: false })?.ino === fstatSync(fd).ino) return fd
  closeSync(fd)
  return undefined
}

function heldClaim(id: string, path: string, fd: number): Claim {
  let held = true
  const release = (before: () => void) => {
    if (!held) return
    held = false
    before()
    closeSync(fd)
  }
  const leave = () => release(() => {})
  return {
    id,
    // Removed while it is still locked, so that nobody locks a file that is about to go.
    keep: () => release(() => rmSync(path, { force: true })),
    leave,
    [Symbol.dispose]: leave,
  }
}

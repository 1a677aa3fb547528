/**
 * Letting a container run that runc has made: what `runc start` does, without a program that is started for it.
 * @module
 */
import { closeSync, constants, openSync, readSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { RuntimeError } from '../errors.ts'
import { isAlive, type ProcessIdentity } from './process-identity.ts'

/**
 * Returns when the process has been let go. It waits where runc has put it, in opening a named pipe to write into it; when somebody
 * reads there, it writes a byte and becomes the container's command. As long as the pipe has its name, the container counts as one
 * that was not started, for runc as for us.
 * @param state the directory that runc has for the container
 * @throws RuntimeError RUNTIME_FAILED when it has ended instead
 */
export async function letRun(state: string, process: ProcessIdentity): Promise<void> {
  const path = join(state, 'exec.fifo')
  const fd = openPipe(path)
  try {
    for (;;) {
      // Asked first: what has ended may have written before, and what it has written is still there.
      const lives = fd !== undefined && isAlive(process)
      if (fd !== undefined && hasByte(fd)) break
      if (!lives) throw new RuntimeError('RUNTIME_FAILED', 'the container ended before it was started')
      await delay(1)
    }
  } finally {
    if (fd !== undefined) closeSync(fd)
  }
  rmSync(path, { force: true })
}

/** Without waiting for a writer, who may have been killed and never come. Undefined when runc has removed it. */
function openPipe(path: string): number | undefined {
  try {
    return openSync(path, constants.O_RDONLY | constants.O_NONBLOCK)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
}

function hasByte(fd: number): boolean {
  try {
    return readSync(fd, Buffer.alloc(1)) === 1
  } catch (error) {
    // It has come, and has not written yet.
    if ((error as NodeJS.ErrnoException).code === 'EAGAIN') return false
    throw error
  }
}

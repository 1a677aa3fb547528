/**
 * Letting a container run that runc has made: what `runc start` does, without a program that is started for it.
 * @module
 */
import { constants, openSync, rmSync } from 'node:fs'
import { Socket } from 'node:net'
import { join } from 'node:path'
import { RuntimeError } from '../errors.ts'
import { isAlive, type ProcessIdentity } from './process-identity.ts'

/** How often it is looked whether the process that is waited for still lives. */
const lookMs = 20

/**
 * Returns when the process has been let go. It waits where runc has put it, in opening a named pipe to write into it; when somebody
 * reads there, it writes a byte and becomes the container's command. As long as the pipe has its name, the container counts as one
 * that was not started, for runc as for us.
 * @param state the directory that runc has for the container
 * @throws RuntimeError RUNTIME_FAILED when it has ended instead
 */
export async function letRun(state: string, process: ProcessIdentity): Promise<void> {
  const path = join(state, 'exec.fifo')
  // Without waiting for a writer: it may have been killed, and never come.
  const pipe = new Socket({ fd: openSync(path, constants.O_RDONLY | constants.O_NONBLOCK), writable: false })
  const { promise, resolve } = Promise.withResolvers<boolean>()
  pipe
    .once('data', () => resolve(true))
    .once('close', () => resolve(false))
    .on('error', () => {})
  const look = setInterval(() => {
    if (!isAlive(process)) pipe.destroy()
  }, lookMs)
  const isLetGo = await promise
  clearInterval(look)
  pipe.destroy()
  if (!isLetGo) throw new RuntimeError('RUNTIME_FAILED', 'the container ended before it was started')
  rmSync(path, { force: true })
}

/**
 * The programs that make a container or step and stay with it. Each has the ID as a word of its command line, so that they
 * are found without anything that would have to be written down before.
 * @module
 */
import { readdir, readFile } from 'node:fs/promises'
import { basename } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { RuntimeError } from '../errors.ts'
import { identifyProcess, isAlive, type ProcessIdentity } from './process-identity.ts'

/** `maker`: guard, runc on the way to a container. `watcher`: conmon. */
export type WorkerRole = 'maker' | 'watcher'

/** What a process that cannot be killed at once may take to go. */
const patienceMs = 10_000

/**
 * Kills those of the ID that have one of the roles, and those that they start meanwhile; returns when none is left. For an
 * ID that nobody attends to any more.
 * @throws RuntimeError RUNTIME_FAILED when one of them does not end
 */
export async function killWorkers(id: string, roles: readonly WorkerRole[]): Promise<void> {
  const deadline = performance.now() + patienceMs
  for (;;) {
    const found = await findWorkers(id, roles)
    if (found.length === 0) return
    if (performance.now() > deadline) {
      throw new RuntimeError('RUNTIME_FAILED', `process ${found[0]?.pid} of container ${id} cannot be killed`, {
        detail: { id, pids: found.map(({ pid }) => pid) },
      })
    }
    for (const worker of found) if (isAlive(worker)) kill(worker.pid)
    await delay(5)
  }
}

async function findWorkers(id: string, roles: readonly WorkerRole[]): Promise<readonly ProcessIdentity[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name)).map(Number)
  const found = await Promise.all(
    pids.map(async (pid) => {
      // Before the command line is looked at: the number may be another process's by then.
      const identity = identifyProcess(pid)
      const role = workerRole(await commandLine(pid), id)
      return identity !== undefined && role !== undefined && roles.includes(role) ? identity : undefined
    }),
  )
  return found.filter((identity) => identity !== undefined)
}

/** What a process with this command line does for the container; undefined: nothing. */
export function workerRole(words: readonly string[], id: string): WorkerRole | undefined {
  if (!words.includes(id)) return undefined
  const program = basename(words[0] ?? '')
  if (program === 'conmon') return 'watcher'
  if (program === 'runc') return words.includes('create') || words.includes('run') ? 'maker' : undefined
  // A guard, before and after it becomes the shell, and what it starts runc with.
  const isGuard = words.includes('tsreg-guard') && (program === 'sh' || program === 'unshare')
  const startsRunc = (program === 'setpriv' || program === 'unshare') && words.includes('--bundle')
  return isGuard || startsRunc ? 'maker' : undefined
}

async function commandLine(pid: number): Promise<readonly string[]> {
  try {
    return (await readFile(`/proc/${pid}/cmdline`, 'utf8')).split('\0').slice(0, -1)
  } catch (error) {
    if (['ENOENT', 'ESRCH'].includes((error as NodeJS.ErrnoException).code ?? '')) return []
    throw error
  }
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
  }
}

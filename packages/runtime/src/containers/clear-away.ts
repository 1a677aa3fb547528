/**
 * Taking away what there is of a container, whatever that is: each step succeeds when there is nothing to do.
 * @module
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { RuntimeError } from '../errors.ts'
import { programPath } from '../runc/programs.ts'
import { removeCgroup } from './cgroups.ts'
import { releaseName, releaseNamesOf } from './names.ts'
import { identifyProcess } from './process-identity.ts'
import { readRecord, removeRecord } from './record.ts'
import { removeDirectory } from './remove-directory.ts'
import { type RuntimeContext, runcState } from './runtime-context.ts'
import { killWorkers } from './workers.ts'

/**
 * Kills what runs of the container and removes its state, its writable layer, its name and its directory. The claim, which
 * the caller holds, is left. Whatever is interrupted here is done by the next call.
 */
export async function clearAway(context: RuntimeContext, id: string): Promise<void> {
  const { directory, snapshotter } = context
  const path = join(directory, id)
  const record = await readRecord(directory, id).catch(() => undefined)
  await endRuntime(context, id)
  await snapshotter.remove(id)
  if (record === undefined) await releaseNamesOf(directory, id)
  else await releaseName(directory, id, record.name)
  await removeDirectory(path)
}

/**
 * Takes away what makes a container of `--rm` that has ended one that others see, its name and its record. The rest is removed in
 * the background by the shell that conmon leaves behind (`endScript`), as soon as the claim is free.
 */
export async function forgetContainer({ directory }: Pick<RuntimeContext, 'directory'>, id: string): Promise<void> {
  // As it is now: it may have been renamed.
  const record = await readRecord(directory, id).catch(() => undefined)
  if (record === undefined) await releaseNamesOf(directory, id)
  else await releaseName(directory, id, record.name)
  removeRecord(directory, id)
}

/** How long conmon may take to write down how a container ended, and its shell to clear up; then it is done without them. */
const watcherMs = 5000
/** How long runc may take to kill what runs. */
const runtimeMs = 30_000

/**
 * Kills what runs of it, and returns when nothing of it is known to runc, nobody works on it and its cgroup is gone. Whoever
 * is making it at the moment is killed first, so that nothing is made behind it.
 * @throws RuntimeError RUNTIME_FAILED when something cannot be killed
 */
export async function endRuntime(context: Pick<RuntimeContext, 'directory'>, id: string): Promise<void> {
  const path = join(context.directory, id)
  // Made before whatever is to be ended, and removed after it, but for the cgroup, of which a killed runc told nobody.
  if (!existsSync(path)) return removeCgroup(id)
  const state = join(runcState(context), id)
  const hasEnded = () => existsSync(join(path, 'ended'))
  if (hasEnded() && !existsSync(state)) return
  await killWorkers(id, ['maker'])
  await deleteFromRunc(context, id)
  const deadline = performance.now() + watcherMs
  while (performance.now() < deadline && (await isWatched(path))) await delay(10)
  if (!hasEnded()) await killWorkers(id, ['watcher'])
  await removeCgroup(id)
}

/** True while conmon lives and the container has not ended: after that conmon waits for a shell, and the shell for us. */
async function isWatched(directory: string): Promise<boolean> {
  if (existsSync(join(directory, 'ended'))) return false
  try {
    const pid = Number(await readFile(join(directory, 'conmon.pid'), 'utf8'))
    if (!Number.isSafeInteger(pid) || pid <= 0 || identifyProcess(pid) === undefined) return false
    return (await readFile(`/proc/${pid}/comm`, 'utf8')).trim() === 'conmon'
  } catch (error) {
    if (['ENOENT', 'ESRCH'].includes((error as NodeJS.ErrnoException).code ?? '')) return false
    throw error
  }
}

async function deleteFromRunc(context: Pick<RuntimeContext, 'directory'>, id: string): Promise<void> {
  const state = runcState(context)
  const deadline = performance.now() + runtimeMs
  while (existsSync(join(state, id))) {
    if (performance.now() > deadline) {
      throw new RuntimeError('RUNTIME_FAILED', `runc cannot remove container ${id}`, { detail: { id } })
    }
    const child = spawn(programPath('runc'), ['--root', state, 'delete', '--force', id], { stdio: 'ignore' })
    const [code] = await once(child, 'exit')
    if (code !== 0) await delay(50)
  }
}

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
import { programPath } from '../runc/programs.ts'
import { releaseName, releaseNamesOf } from './names.ts'
import { identifyProcess } from './process-identity.ts'
import { readRecord } from './record.ts'
import { removeDirectory } from './remove-directory.ts'
import { type RuntimeContext, runcState } from './runtime-context.ts'

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

/** Kills what runs of it, and waits until runc and conmon know nothing of it any more. */
export async function endRuntime(context: RuntimeContext, id: string): Promise<void> {
  const state = runcState(context)
  for (let attempt = 0; attempt < 500; attempt += 1) {
    if (existsSync(join(state, id))) await deleteFromRunc(state, id)
    else if (await isWatched(join(context.directory, id))) await delay(10)
    else return
  }
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

async function deleteFromRunc(state: string, id: string): Promise<void> {
  const child = spawn(programPath('runc'), ['--root', state, 'delete', '--force', id], { stdio: 'ignore' })
  const [code] = await once(child, 'exit')
  if (code !== 0) await delay(50)
}

/**
 * The cgroup of a container or step: runc makes it, and removes it unless it was killed before it had written down that
 * there is one.
 * @module
 */
import { type Dirent, existsSync } from 'node:fs'
import { readdir, readFile, rmdir } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { RuntimeError } from '../errors.ts'

/** Absolute in each hierarchy. */
export function cgroupPath(id: string): string {
  return `/tsreg-${id}`
}

/** What a killed process may take to leave its cgroup. */
const patienceMs = 10_000

/**
 * Kills what lives in the cgroup and removes it, in all hierarchies; nothing where there is none.
 * @throws RuntimeError RUNTIME_FAILED when something in it does not end
 */
export async function removeCgroup(id: string): Promise<void> {
  const mountPoints = cgroupMountPoints(await readFile('/proc/self/mountinfo', 'utf8'))
  const present = mountPoints.map((point) => join(point, cgroupPath(id))).filter((path) => existsSync(path))
  const deadline = performance.now() + patienceMs
  for (const path of present) {
    while (!(await removeTree(path))) {
      if (performance.now() > deadline) {
        throw new RuntimeError('RUNTIME_FAILED', `the cgroup ${path} cannot be removed`, { detail: { id, path } })
      }
      await delay(5)
    }
  }
}

/** From `/proc/self/mountinfo`: where hierarchies of either version are mounted whole. */
export function cgroupMountPoints(mountinfo: string): readonly string[] {
  return mountinfo.split('\n').flatMap((line) => {
    // proc(5): number, parent, device, root, mount point, options, optional fields, "-", type
    const [fields = '', rest = ''] = line.split(' - ')
    const [, , , root, point] = fields.split(' ')
    const isCgroup = /^cgroup2? /.test(rest)
    return isCgroup && root === '/' && point !== undefined ? [point] : []
  })
}

/** False when a process in it has not ended yet. */
async function removeTree(path: string): Promise<boolean> {
  for (const entry of await entriesOf(path)) {
    if (entry.isDirectory() && !(await removeTree(join(path, entry.name)))) return false
  }
  await killAll(path)
  try {
    await rmdir(path)
    return true
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'ENOENT') return true
    if (code === 'EBUSY') return false
    throw error
  }
}

async function killAll(path: string): Promise<void> {
  const text = await readFile(join(path, 'cgroup.procs'), 'utf8').catch(() => '')
  for (const pid of text.split('\n').filter(Boolean).map(Number)) {
    try {
      // 0 is a process that this one cannot see.
      if (pid > 0) process.kill(pid, 'SIGKILL')
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
    }
  }
}

async function entriesOf(path: string): Promise<readonly Dirent[]> {
  try {
    return await readdir(path, { withFileTypes: true })
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return []
    throw error
  }
}

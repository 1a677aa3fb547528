/**
 * Everything of tsreg that there is on this machine at a moment: mounts, processes, cgroups, files. What was not there
 * before is left over. An independent look: `/proc`, `/sys/fs/cgroup` and directories, nothing of the product's own.
 * @module
 */

import { readdir, readFile, readlink } from 'node:fs/promises'
import { join } from 'node:path'
import type { Home } from './home.ts'
import { readProcesses } from './processes.ts'

/** A line for each thing that is there, `mount /a/b`, `process 12 conmon …`, `cgroup pids/tsreg-…`, `file containers/…`. */
export type Census = ReadonlySet<string>

/** @param ids of containers and steps whose cgroups are looked for */
export async function takeCensus({ directory, path }: Home, ids: Iterable<string>): Promise<Census> {
  const known = [...ids]
  // Before the rest: what is seen after the last process had ended, nobody is about to clear away.
  const processes = await processesOf(directory, known)
  const lists = await Promise.all([
    mountsOf(directory),
    cgroupsOf(known),
    filesOf(path, ['containers', 'snapshots']),
    filesOf(directory, ['tmp']),
  ])
  return new Set([...processes, ...lists.flat()])
}

/** What is there now and was not before. */
export function leftovers(before: Census, after: Census): readonly string[] {
  return [...after].filter((line) => !before.has(line)).toSorted()
}

/** In every mount namespace that a process lives in, this process's own among them. */
async function mountsOf(directory: string): Promise<readonly string[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name))
  const namespaces = new Map<string, string>()
  for (const pid of ['self', ...pids]) {
    const namespace = await readlink(`/proc/${pid}/ns/mnt`).catch(() => undefined)
    if (namespace !== undefined && !namespaces.has(namespace)) namespaces.set(namespace, pid)
  }
  const tables = await Promise.all(
    [...namespaces.values()].map((pid) => readFile(`/proc/${pid}/mountinfo`, 'utf8').catch(() => '')),
  )
  const points = tables.flatMap((table) => table.split('\n').map((line) => line.split(' ')[4] ?? ''))
  return points.filter((point) => point.startsWith(`${directory}/`)).map((point) => `mount ${point}`)
}

async function processesOf(directory: string, ids: readonly string[]): Promise<readonly string[]> {
  const found = await readProcesses(directory, ids)
  return found.map(({ pid, command, container }) => {
    const place = container === undefined ? '' : ` in ${container}`
    return `process ${pid}${place} ${command.join(' ').slice(0, 200)}`
  })
}

const cgroupRoot = '/sys/fs/cgroup'

async function cgroupsOf(ids: readonly string[]): Promise<readonly string[]> {
  const hierarchies = ['.', ...(await namesIn(cgroupRoot))]
  const names = await Promise.all(
    hierarchies.map(async (each) => [each, await namesIn(join(cgroupRoot, each))] as const),
  )
  const wanted = new Set(ids.map((id) => `tsreg-${id}`))
  return names.flatMap(([hierarchy, groups]) =>
    groups.filter((group) => wanted.has(group)).map((group) => `cgroup ${hierarchy}/${group}`),
  )
}

async function filesOf(root: string, directories: readonly string[]): Promise<readonly string[]> {
  const found: string[] = []
  const visit = async (path: string): Promise<void> => {
    for (const entry of await readdir(join(root, path), { withFileTypes: true }).catch(() => [])) {
      const name = join(path, entry.name)
      found.push(`file ${name}`)
      if (entry.isDirectory()) await visit(name)
    }
  }
  for (const directory of directories) await visit(directory)
  return found
}

async function namesIn(path: string): Promise<readonly string[]> {
  return readdir(path).catch(() => [])
}

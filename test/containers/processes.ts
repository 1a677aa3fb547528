/**
 * The processes that belong to a home: those that name it on their command line or in their environment, and those that
 * live in the cgroup of a container of it.
 * @module
 */

import { readdir, readFile } from 'node:fs/promises'

export interface FoundProcess {
  readonly pid: number
  /** The parent's. */
  readonly parent: number
  readonly name: string
  readonly command: readonly string[]
  /** The container or step that it lives in. */
  readonly container: string | undefined
}

/** Without those that have ended and wait to be collected. @param ids of the containers and steps that there ever were */
export async function readProcesses(directory: string, ids: readonly string[]): Promise<readonly FoundProcess[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)
  const found = await Promise.all(pids.map((pid) => readProcess(Number(pid), directory, ids)))
  return found.filter((each) => each !== undefined)
}

async function readProcess(pid: number, directory: string, ids: readonly string[]): Promise<FoundProcess | undefined> {
  const [status, command, environment, cgroup] = await Promise.all(
    ['status', 'cmdline', 'environ', 'cgroup'].map((name) => readFile(`/proc/${pid}/${name}`, 'utf8').catch(() => '')),
  )
  const field = (name: string) => new RegExp(`^${name}:\\s*(.*)$`, 'm').exec(status ?? '')?.[1] ?? ''
  const names = `${command}\0${environment}\0`.includes(`${directory}/`)
  const container = ids.find((id) => cgroup?.includes(`tsreg-${id}`))
  if (!names && container === undefined) return undefined
  if (status === '' || /^[ZX]/.test(field('State'))) return undefined
  const words = (command ?? '').split('\0').slice(0, -1)
  return { pid, parent: Number(field('PPid')), name: field('Name'), command: words, container }
}

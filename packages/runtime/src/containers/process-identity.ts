/**
 * A process by more than its number, which the kernel gives to another one some day: by the time of its start as well.
 * @module
 */
import { readFileSync } from 'node:fs'

export interface ProcessIdentity {
  readonly pid: number
  /** Clock ticks since the machine was started (proc(5), field 22 of `/proc/<pid>/stat`). */
  readonly startTicks: number
  /** Of the run of the machine, so that ticks are compared within one. */
  readonly boot: string
}

/** Undefined when there is no such process, or it has ended and only waits to be collected. */
export function identifyProcess(pid: number): ProcessIdentity | undefined {
  const startTicks = startTicksOf(statOf(pid))
  return startTicks === undefined ? undefined : { pid, startTicks, boot: bootId() }
}

/** True while exactly this process lives. */
export function isAlive(identity: ProcessIdentity): boolean {
  const found = identifyProcess(identity.pid)
  return found !== undefined && found.startTicks === identity.startTicks && found.boot === identity.boot
}

/** From `/proc/<pid>/stat`; undefined of a process that has ended (states Z and X). */
export function startTicksOf(stat: string | undefined): number | undefined {
  if (stat === undefined) return undefined
  // The name, in parentheses, may itself hold blanks and parentheses.
  const [state = '', ...fields] = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  const ticks = Number(fields[18])
  return state === 'Z' || state === 'X' || !Number.isSafeInteger(ticks) ? undefined : ticks
}

function statOf(pid: number): string | undefined {
  try {
    return readFileSync(`/proc/${pid}/stat`, 'utf8')
  } catch (error) {
    if (['ENOENT', 'ESRCH'].includes((error as NodeJS.ErrnoException).code ?? '')) return undefined
    throw error
  }
}

function bootId(): string {
  return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()
}

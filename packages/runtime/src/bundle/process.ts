/**
 * `process` of `config.json` (runtime-spec 1.0.2, "Process"): the same for the first process of a container and for one that
 * is started in it later.
 * @module
 */
import type { RuntimeLimit, RuntimeProcess } from '@tsreg/oci/runtime'
import type { ContainerUser } from '../rootfs/user.ts'
import { type CapabilityChanges, capabilitiesWith } from './capabilities.ts'
import { environmentOf } from './environment.ts'

export interface ProcessParts {
  readonly args: readonly string[]
  readonly env: readonly string[]
  /** Absolute; empty is `/`. */
  readonly cwd: string
  readonly user: ContainerUser
  readonly terminal: boolean
  /** Of the terminal from the beginning, in characters. @default unknown, which is 0 by 0 */
  readonly terminalSize?: { readonly columns: number; readonly rows: number } | undefined
  readonly hostname: string
  readonly capabilities: CapabilityChanges
  readonly machine: Machine
}

/** What of this machine decides. */
export interface Machine {
  /** In Node's names, `x64`. */
  readonly architecture: string
  /** True where there are only cgroups of version 2; a container has a namespace of them then. */
  readonly unifiedCgroups: boolean
  /** Open files that a process may have: the most that can be given without a privilege. */
  readonly openFiles: number
  /** What this process has of what makes the kernel choose a process when memory is short; cannot be lowered. */
  readonly oomScoreAdjustment: number
}

/** Open files, as docker's daemon gives them to its containers. */
const openFiles = 1_048_576

/** @throws RuntimeError OPTION_INVALID for a capability that there is not */
export function runtimeProcess(parts: ProcessParts): RuntimeProcess {
  const { user, machine, terminal, terminalSize } = parts
  const capabilities = capabilitiesWith(parts.capabilities)
  const effective = user.uid === 0 ? capabilities : []
  return {
    terminal,
    ...(terminal && terminalSize !== undefined
      ? { consoleSize: { height: terminalSize.rows, width: terminalSize.columns } }
      : {}),
    user: { uid: user.uid, gid: user.gid, additionalGids: user.additionalGids },
    args: parts.args,
    env: environmentOf({ hostname: parts.hostname, terminal, home: user.home, variables: parts.env }),
    cwd: parts.cwd === '' ? '/' : parts.cwd,
    capabilities: { bounding: capabilities, effective, permitted: effective },
    rlimits: [openFilesLimit(machine)],
    noNewPrivileges: false,
    // A command that the system would rather spare does not pass that on.
    oomScoreAdj: Math.max(0, machine.oomScoreAdjustment),
  }
}

function openFilesLimit(machine: Machine): RuntimeLimit {
  const limit = Math.min(openFiles, machine.openFiles)
  return { type: 'RLIMIT_NOFILE', soft: limit, hard: limit }
}

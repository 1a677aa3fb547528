/**
 * From what is known of a container to `config.json` (runtime-spec 1.0.2). Pure: the same parts give the same document.
 * @module
 */
import type { RuntimeConfig, RuntimeLimit, RuntimeMount } from '@tsreg/oci/runtime'
import type { ContainerUser } from '../rootfs/user.ts'
import { capabilitiesWith } from './capabilities.ts'
import { environmentOf } from './environment.ts'
import { maskedPaths, readonlyPaths } from './linux.ts'
import { type ContainerMount, networkFileMounts, systemMounts, userMounts } from './mounts.ts'
import type { Network } from './network.ts'
import { type ContainerLimits, resourcesOf } from './resources.ts'
import { seccompProfile } from './seccomp/profile.ts'

export interface BundleParts {
  /** Absolute path of the mounted root file system. */
  readonly rootPath: string
  readonly readOnlyRoot: boolean
  readonly args: readonly string[]
  readonly env: readonly string[]
  /** Absolute; empty is `/`. */
  readonly cwd: string
  readonly user: ContainerUser
  readonly terminal: boolean
  readonly hostname: string
  readonly network: Network
  readonly capabilities: { readonly add: readonly string[]; readonly drop: readonly string[] }
  readonly limits: ContainerLimits
  readonly mounts: readonly ContainerMount[]
  /** `/etc/hosts` and the like: destination to file of this machine. */
  readonly networkFiles: Readonly<Record<string, string>>
  /** Absolute in the hierarchy of cgroups. */
  readonly cgroupsPath: string
  readonly annotations: Readonly<Record<string, string>>
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
export function runtimeConfig(parts: BundleParts): RuntimeConfig {
  const { user, machine, network } = parts
  const capabilities = capabilitiesWith(parts.capabilities)
  const effective = user.uid === 0 ? capabilities : []
  const seccomp = seccompProfile(capabilities, machine.architecture)
  return {
    ociVersion: '1.0.2',
    root: { path: parts.rootPath, readonly: parts.readOnlyRoot },
    process: {
      terminal: parts.terminal,
      user: { uid: user.uid, gid: user.gid, additionalGids: user.additionalGids },
      args: parts.args,
      env: environmentOf({
        hostname: parts.hostname,
        terminal: parts.terminal,
        home: user.home,
        variables: parts.env,
      }),
      cwd: parts.cwd === '' ? '/' : parts.cwd,
      capabilities: { bounding: capabilities, effective, permitted: effective },
      rlimits: [openFilesLimit(machine)],
      noNewPrivileges: false,
      // A command that the system would rather spare does not pass that on.
      oomScoreAdj: Math.max(0, machine.oomScoreAdjustment),
    },
    hostname: parts.hostname,
    mounts: mountsOf(parts),
    ...(Object.keys(parts.annotations).length === 0 ? {} : { annotations: parts.annotations }),
    linux: {
      namespaces: namespacesFor(network, machine),
      cgroupsPath: parts.cgroupsPath,
      resources: resourcesOf(parts.limits),
      maskedPaths,
      readonlyPaths,
      ...(seccomp === undefined ? {} : { seccomp }),
    },
  }
}

function openFilesLimit(machine: Machine): RuntimeLimit {
  const limit = Math.min(openFiles, machine.openFiles)
  return { type: 'RLIMIT_NOFILE', soft: limit, hard: limit }
}

function mountsOf({ mounts, networkFiles, readOnlyRoot }: BundleParts): readonly RuntimeMount[] {
  const replaced = new Set(mounts.map(({ destination }) => destination))
  const files = Object.fromEntries(Object.entries(networkFiles).filter(([destination]) => !replaced.has(destination)))
  return [
    ...systemMounts.filter(({ destination }) => !replaced.has(destination)),
    ...networkFileMounts(files, readOnlyRoot),
    ...userMounts(mounts),
  ]
}

function namespacesFor(network: Network, { unifiedCgroups }: Machine): readonly { readonly type: string }[] {
  const types = ['mount', 'pid', 'ipc', 'uts']
  if (network === 'none') types.push('network')
  if (unifiedCgroups) types.push('cgroup')
  return types.map((type) => ({ type }))
}

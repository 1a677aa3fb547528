/**
 * From what is known of a container to `config.json` (runtime-spec 1.0.2). Pure: the same parts give the same document.
 * @module
 */
import type { RuntimeConfig, RuntimeMount } from '@tsreg/oci/runtime'
import { capabilitiesWith } from './capabilities.ts'
import { maskedPaths, readonlyPaths } from './linux.ts'
import { type ContainerMount, networkFileMounts, systemMounts, userMounts } from './mounts.ts'
import type { Network } from './network.ts'
import { type Machine, type ProcessParts, runtimeProcess } from './process.ts'
import { type ContainerLimits, resourcesOf } from './resources.ts'
import { seccompProfile } from './seccomp/profile.ts'

export interface BundleParts extends ProcessParts {
  /** Absolute path of the mounted root file system. */
  readonly rootPath: string
  readonly readOnlyRoot: boolean
  readonly network: Network
  readonly limits: ContainerLimits
  readonly mounts: readonly ContainerMount[]
  /** `/etc/hosts` and the like: destination to file of this machine. */
  readonly networkFiles: Readonly<Record<string, string>>
  /** Absolute in the hierarchy of cgroups. */
  readonly cgroupsPath: string
  readonly annotations: Readonly<Record<string, string>>
}

/** @throws RuntimeError OPTION_INVALID for a capability that there is not */
export function runtimeConfig(parts: BundleParts): RuntimeConfig {
  const { machine, network } = parts
  const seccomp = seccompProfile(capabilitiesWith(parts.capabilities), machine.architecture)
  return {
    ociVersion: '1.0.2',
    root: { path: parts.rootPath, readonly: parts.readOnlyRoot },
    process: runtimeProcess(parts),
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

/**
 * Limits of a container's cgroup.
 * @module
 */
import type { RuntimeResources } from '@tsreg/oci/runtime'
import { deviceRules } from './linux.ts'

export interface ContainerLimits {
  /** Bytes of memory; swap is limited to as much again, as with docker. @default unlimited */
  readonly memoryBytes?: number | undefined
  /** Processors, for example 1.5. @default unlimited */
  readonly cpus?: number | undefined
  /** Processes and threads. @default unlimited */
  readonly pids?: number | undefined
}

const periodMicroseconds = 100_000

/** Without a limit nothing of that kind is set: the cgroup is the parent's. */
export function resourcesOf({ memoryBytes, cpus, pids }: ContainerLimits): RuntimeResources {
  return {
    devices: deviceRules,
    ...(memoryBytes === undefined ? {} : { memory: { limit: memoryBytes, ...swapOf(memoryBytes) } }),
    ...(cpus === undefined
      ? {}
      : { cpu: { quota: Math.round(cpus * periodMicroseconds), period: periodMicroseconds } }),
    ...(pids === undefined ? {} : { pids: { limit: pids } }),
  }
}

function swapOf(memoryBytes: number): { readonly swap?: number } {
  return { swap: memoryBytes * 2 }
}

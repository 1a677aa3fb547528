/**
 * The lines of the bench: what is measured on which servers, and the ratio to each peer that must be reached
 * (docs/performance.md).
 * @module
 */
import { getBlob, getManifest, headBlob, type Load, push } from './loads.ts'
import type { ServerName } from './servers.ts'

export interface Line {
  readonly name: string
  readonly unit: string
  readonly load: Load
  readonly peers: readonly ServerName[]
  /** Least ratio of our work per server CPU-second to the peer's. A peer that is not named is shown for comparison. */
  readonly goals: Partial<Record<ServerName, number>>
  readonly logs: boolean
  /** Servers start anew for every round, because the load fills their disk. */
  readonly fresh?: boolean
}

export type Scale = 'ci' | 'full'

export function lines(scale: Scale): readonly Line[] {
  const full = scale === 'full'
  const seconds = full ? 2 : 1
  const requests = full ? 20_000 : 6_000
  const all = ['distribution3', 'olareg', 'docker-registry', 'nginx'] as const
  const registries = ['distribution3', 'olareg', 'docker-registry'] as const
  return [
    {
      name: 'manifest GET by tag',
      unit: 'requests',
      load: getManifest(seconds),
      peers: all,
      goals: { distribution3: 3, olareg: 1 },
      logs: false,
    },
    {
      name: 'manifest GET by tag, default logs',
      unit: 'requests',
      load: getManifest(seconds),
      peers: registries,
      goals: {},
      logs: true,
    },
    {
      name: 'blob HEAD',
      unit: 'requests',
      load: headBlob(requests),
      peers: all,
      goals: { distribution3: 3, olareg: 1 },
      logs: false,
    },
    {
      name: 'blob GET, 4 parallel, large',
      unit: 'MB',
      load: getBlob('largeBlobPath', 1),
      peers: all,
      goals: { distribution3: 1.5, olareg: 0.5 },
      logs: false,
    },
    {
      name: 'blob GET, 4 parallel, 32 MiB hot',
      unit: 'MB',
      load: getBlob('hotBlobPath', full ? 12 : 6),
      peers: all,
      goals: { olareg: 1 },
      logs: false,
    },
    {
      name: 'push 256 MiB, 1 stream',
      unit: 'MB',
      load: push(1, full ? 256 : 128),
      peers: registries,
      goals: { distribution3: 1.5, olareg: 1.5 },
      logs: false,
      fresh: true,
    },
    {
      name: 'push 256 MiB, 4 streams',
      unit: 'MB',
      load: push(4, full ? 256 : 64),
      peers: registries,
      goals: { distribution3: 1.2, olareg: 1.2 },
      logs: false,
      fresh: true,
    },
  ]
}

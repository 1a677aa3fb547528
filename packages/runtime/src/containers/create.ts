/**
 * Making a container: everything of it but its processes.
 * @module
 */
import { mkdirSync } from 'node:fs'
import { join, posix } from 'node:path'
import type { Digest } from '@tsreg/oci'
import type { ContainerConfig } from '@tsreg/oci/image'
import { capabilitiesWith } from '../bundle/capabilities.ts'
import { mergeEnvironment } from '../bundle/environment.ts'
import type { ContainerMount } from '../bundle/mounts.ts'
import type { Network } from '../bundle/network.ts'
import { type Claim, claim } from '../claims/claim.ts'
import { RuntimeError } from '../errors.ts'
import { clearAway } from './clear-away.ts'
import { newContainerId, shortContainerId } from './id.ts'
import { reserveName } from './names.ts'
import { type ContainerRecord, writeRecord } from './record.ts'
import type { RuntimeContext } from './runtime-context.ts'
import { signalNumber } from './signal.ts'

/** What the user asked for, above what the image says. */
export interface CreateOptions {
  readonly image: {
    readonly id: Digest
    readonly name: string
    readonly config: ContainerConfig | undefined
    /** The chain ID of its layers, which are unpacked; undefined of an image without layers. */
    readonly parent: Digest | undefined
  }
  /** Words behind the image. */
  readonly command?: readonly string[] | undefined
  /** Replaces that of the image, and its command with it; `['']` takes it away. */
  readonly entrypoint?: readonly string[] | undefined
  readonly name?: string | undefined
  readonly env?: readonly string[] | undefined
  readonly cwd?: string | undefined
  readonly user?: string | undefined
  /** @default the first twelve digits of the ID; so when it is empty */
  readonly hostname?: string | undefined
  readonly labels?: Readonly<Record<string, string>> | undefined
  readonly stopSignal?: string | undefined
  readonly terminal?: boolean | undefined
  readonly stdin?: boolean | undefined
  /** @default 'host' */
  readonly network?: Network | undefined
  readonly autoRemove?: boolean | undefined
  readonly readOnlyRoot?: boolean | undefined
  readonly memoryBytes?: number | undefined
  readonly cpus?: number | undefined
  readonly pids?: number | undefined
  readonly capabilitiesAdded?: readonly string[] | undefined
  readonly capabilitiesDropped?: readonly string[] | undefined
  /** Those of kind `volume` without a source get a directory of the container's own. */
  readonly mounts?: readonly ContainerMount[] | undefined
}

export interface CreatedContainer {
  readonly record: ContainerRecord
  /** Held by the caller: as long as it is, nobody clears the container away. */
  readonly claim: Claim
}

/** Nobody else knows the new ID but sweeps that come between the making of its claim and the lock on it. */
const sweepMs = 120_000

/**
 * @throws RuntimeError OPTION_INVALID, CONTAINER_NAME_TAKEN; what the snapshotter throws
 */
export async function createContainer(context: RuntimeContext, options: CreateOptions): Promise<CreatedContainer> {
  const { directory, snapshotter } = context
  const id = newContainerId()
  // Before the claim, which makes a directory: what is wrong with the options leaves nothing.
  const draft = recordFor(id, options)
  const held = await claim(directory, id, { timeoutMs: sweepMs })
  try {
    const name = await reserveName(directory, id, options.name)
    await snapshotter.create(id, options.image.parent)
    mkdirSync(join(directory, id, 'rootfs'), { recursive: true })
    const record = { ...draft, name, host: { ...draft.host, mounts: withVolumes(directory, id, draft) } }
    await writeRecord(directory, record)
    return { record, claim: held }
  } catch (error) {
    await clearAway(context, id)
    held.keep()
    throw error
  }
}

function recordFor(id: string, options: CreateOptions): ContainerRecord {
  const { image, capabilitiesAdded = [], capabilitiesDropped = [] } = options
  const config = image.config ?? {}
  capabilitiesWith({ add: capabilitiesAdded, drop: capabilitiesDropped })
  if (options.stopSignal !== undefined) signalNumber(options.stopSignal)
  const { entrypoint, command } = commandOf(config, options)
  return {
    version: 1,
    id,
    name: '',
    created: new Date().toISOString(),
    image: { id: image.id, name: image.name },
    process: {
      entrypoint,
      command,
      env: mergeEnvironment(config.Env ?? [], options.env ?? []),
      cwd: options.cwd ?? config.WorkingDir ?? '',
      user: options.user ?? config.User ?? '',
      terminal: options.terminal ?? false,
      stdin: options.stdin ?? false,
    },
    hostname: options.hostname || shortContainerId(id),
    labels: { ...config.Labels, ...options.labels },
    stopSignal: options.stopSignal ?? config.StopSignal ?? 'SIGTERM',
    host: {
      network: options.network ?? 'host',
      autoRemove: options.autoRemove ?? false,
      readOnlyRoot: options.readOnlyRoot ?? false,
      memoryBytes: options.memoryBytes,
      cpus: options.cpus,
      pids: options.pids,
      capabilitiesAdded,
      capabilitiesDropped,
      mounts: mountsOf(config, options),
    },
    parent: image.parent,
  }
}

/** Entrypoint and command as docker joins them. @throws RuntimeError OPTION_INVALID when nothing is left to run */
export function commandOf(
  config: ContainerConfig,
  { entrypoint, command = [] }: Pick<CreateOptions, 'entrypoint' | 'command'>,
): { readonly entrypoint: readonly string[]; readonly command: readonly string[] } {
  const ofImage = config.Entrypoint ?? []
  const chosen = entrypoint === undefined ? ofImage : entrypoint.filter((word, at) => at > 0 || word !== '')
  const words = command.length > 0 || entrypoint !== undefined ? command : (config.Cmd ?? [])
  if (chosen.length + words.length > 0) return { entrypoint: chosen, command: words }
  throw new RuntimeError('OPTION_INVALID', 'No command specified', {
    advice: 'the image says none either: write one behind its name',
  })
}

/** The user's, and the image's volumes where the user mounts nothing. */
function mountsOf(config: ContainerConfig, { mounts = [] }: CreateOptions): readonly ContainerMount[] {
  const taken = new Set(mounts.map(({ destination }) => destination))
  const volumes = Object.keys(config.Volumes ?? {}).map((path) => posix.resolve('/', path))
  return [
    ...mounts,
    ...volumes
      .filter((destination) => !taken.has(destination))
      .map((destination) => ({ kind: 'volume' as const, source: '', destination, readOnly: false, options: [] })),
  ]
}

function withVolumes(directory: string, id: string, { host }: ContainerRecord): readonly ContainerMount[] {
  return host.mounts.map((mount, index) => {
    if (mount.kind !== 'volume' || mount.source !== '') return mount
    const source = join(directory, id, 'volumes', String(index))
    mkdirSync(source, { recursive: true })
    return { ...mount, source }
  })
}

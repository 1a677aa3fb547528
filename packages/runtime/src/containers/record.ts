/**
 * What was asked for when a container was made: `container.json` in its directory, written whole and once, but for the name.
 * @module
 */
import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Digest } from '@tsreg/oci'
import type { ContainerMount } from '../bundle/mounts.ts'
import type { Network } from '../bundle/network.ts'
import { RuntimeError } from '../errors.ts'

export interface ContainerRecord {
  readonly version: 1
  readonly id: string
  /** Without the slash that docker prints before it. */
  readonly name: string
  /** ISO 8601 */
  readonly created: string
  readonly image: {
    readonly id: Digest
    /** As it was asked for. */
    readonly name: string
  }
  readonly process: {
    readonly entrypoint: readonly string[]
    readonly command: readonly string[]
    /** Those of the image with those of the user. */
    readonly env: readonly string[]
    /** Empty is `/`. */
    readonly cwd: string
    /** As in an image config; empty is root. */
    readonly user: string
    readonly terminal: boolean
    /** Whether something can be sent to its standard input. */
    readonly stdin: boolean
  }
  readonly hostname: string
  readonly labels: Readonly<Record<string, string>>
  readonly stopSignal: string
  readonly host: {
    readonly network: Network
    readonly autoRemove: boolean
    readonly readOnlyRoot: boolean
    readonly memoryBytes: number | undefined
    readonly cpus: number | undefined
    readonly pids: number | undefined
    readonly capabilitiesAdded: readonly string[]
    readonly capabilitiesDropped: readonly string[]
    readonly mounts: readonly ContainerMount[]
  }
  /** The chain ID of the image's layers; undefined of an image without layers. */
  readonly parent: Digest | undefined
}

const fileName = 'container.json'

/** Replaces the file whole. It need not survive a power cut: after one, no container runs. */
export async function writeRecord(directory: string, record: ContainerRecord): Promise<void> {
  const path = join(directory, record.id, fileName)
  const temporary = `${path}.${process.pid}.tmp`
  writeFileSync(temporary, JSON.stringify(record), { mode: 0o600 })
  renameSync(temporary, path)
}

/**
 * Undefined when there is no such container, or it is not made yet.
 * @throws RuntimeError CONTAINER_DAMAGED when the file cannot be read as one of ours
 */
export async function readRecord(directory: string, id: string): Promise<ContainerRecord | undefined> {
  let text: string
  try {
    text = readFileSync(join(directory, id, fileName), 'utf8')
  } catch (error) {
    if (['ENOENT', 'ENOTDIR'].includes((error as NodeJS.ErrnoException).code ?? '')) return undefined
    throw error
  }
  const record = parsed(text)
  if (record?.version === 1 && record.id === id) return record
  throw new RuntimeError('CONTAINER_DAMAGED', `${join(directory, id, fileName)} is not the record of a container`, {
    detail: { id },
  })
}

/** From now on it is no container that others see, whatever else there is of it. */
export function removeRecord(directory: string, id: string): void {
  rmSync(join(directory, id, fileName), { force: true })
}

function parsed(text: string): ContainerRecord | undefined {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

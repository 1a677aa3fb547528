/**
 * Maintenance of a store that may be in use: a bucket is shared by protocol, and worked on directly; a directory has one
 * owner, which does the work when it is running.
 * @module
 */
import { access } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { isOciError } from '@tsreg/oci'
import type { OperationOptions } from '@tsreg/oci/content'
import { openStorage, type RegistryStorage } from '@tsreg/storage'
import { type Bucket, isDirectoryBucket } from '@tsreg/storage/bucket'
import { type RegistryConfig, StartError } from '../config/index.ts'
import { createMetrics } from '../metrics/metrics.ts'
import { openNamedBucket, storageOptions } from '../open-storage.ts'
import { handOver } from './control-client.ts'
import { perform } from './perform.ts'
import type { MaintenanceRequest, MaintenanceResult, OnMaintenanceEvent } from './request.ts'

export interface MaintainOptions extends OperationOptions {
  readonly onEvent: OnMaintenanceEvent
  /** Told of failures that cost nobody anything. */
  readonly onWarning: (error: unknown, what: string) => void
  /** Told when the work is handed to the registry that owns the directory. */
  readonly onHandOver?: (directory: string) => void
}

/**
 * @throws StartError CONFIG_INVALID for `memory:`, and where there is no store; what the storage throws; UNAVAILABLE when a
 * directory is owned by a process that takes no work
 */
export async function maintain(
  config: RegistryConfig,
  request: MaintenanceRequest,
  options: MaintainOptions,
): Promise<MaintenanceResult> {
  const { onEvent, signal } = options
  await requireStore(config.storage)
  let storage: RegistryStorage
  try {
    storage = await openExisting(config, options)
  } catch (error) {
    const directory = directoryInUse(error)
    if (directory === undefined) throw error
    options.onHandOver?.(directory)
    return await handOver(directory, request, { onEvent, signal })
  }
  try {
    return await perform(storage, request, {
      onEvent,
      signal,
      maxRequestsPerSecond: config.gcMaxRequestsPerSecond,
      markBytes: config.gcMemoryBytes,
      isOwner: storage.state().directory !== undefined,
    })
  } finally {
    await storage.close()
  }
}

/** Nothing is made by looking after it. */
async function requireStore(url: string): Promise<void> {
  if (url === 'memory:') {
    const message = 'storage: memory: is gone when its registry ends; there is nothing to look after'
    throw new StartError('CONFIG_INVALID', message, { setting: 'storage' })
  }
  if (!url.startsWith('file:')) return
  const directory = resolve(url.slice('file:'.length))
  try {
    await access(join(directory, 'store.json'))
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== 'ENOENT') return // Opening it says what is wrong.
    throw noStore(`file:${directory}`, cause)
  }
}

async function openExisting(config: RegistryConfig, { onWarning }: MaintainOptions): Promise<RegistryStorage> {
  const bucket = await openNamedBucket(config, createMetrics())
  try {
    if (!isDirectoryBucket(bucket) && (await isEmpty(bucket))) throw noStore(config.storage.replace(/\?.*$/, ''))
    return await openStorage(bucket, storageOptions(config, bucket, onWarning))
  } catch (error) {
    await bucket.close()
    throw error
  }
}

async function isEmpty(bucket: Bucket): Promise<boolean> {
  return (await bucket.list({ prefix: '', limit: 1 })).length === 0
}

function noStore(where: string, cause?: unknown): StartError {
  const message = `storage: there is no store at ${where}; name the one that the registry uses`
  return new StartError('CONFIG_INVALID', message, { setting: 'storage', cause })
}

function directoryInUse(error: unknown): string | undefined {
  if (!isOciError(error, 'UNAVAILABLE') || error.detail?.reason !== 'in-use') return undefined
  const { directory } = error.detail
  return typeof directory === 'string' ? directory : undefined
}

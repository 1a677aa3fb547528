/**
 * Opens the storage that the configuration names.
 * @module
 */
import { isOciError } from '@tsreg/oci'
import { openStorage, type RegistryStorage, type StorageOptions } from '@tsreg/storage'
import { type Bucket, directoryBucket, memoryBucket, openBucket } from '@tsreg/storage/bucket'
import type { Logger } from 'pino'
import { type RegistryConfig, StartError } from './config/index.ts'
import type { Metrics } from './metrics/metrics.ts'

/**
 * @param metrics told of every request to a bucket that is paid per request
 * @throws StartError CONFIG_INVALID for a URL of another kind; what the bucket throws when it cannot be opened
 */
export async function openNamedStorage(
  config: RegistryConfig,
  logger: Logger,
  metrics: Metrics,
): Promise<RegistryStorage> {
  const bucket = await openNamedBucket(config, metrics)
  try {
    const onWarning = (error: unknown, what: string) => logger.warn({ err: error }, what)
    return await openStorage(bucket, storageOptions(config, bucket, onWarning))
  } catch (error) {
    await bucket.close()
    throw error
  }
}

/** What the configuration means for a storage on the bucket. */
export function storageOptions(
  config: RegistryConfig,
  bucket: Bucket,
  onWarning: (error: unknown, what: string) => void,
): StorageOptions {
  return {
    maxManifestBytes: config.maxManifestBytes,
    sparseImages: config.allowSparseImages,
    cacheTtlMs: config.cacheSeconds * 1000,
    signedUrlMs: config.redirects && bucket.signedUrl !== undefined ? config.redirectSeconds * 1000 : 0,
    graceMs: config.gcGraceSeconds * 1000,
    onWarning,
  }
}

/** @throws StartError CONFIG_INVALID for a URL of another kind; what the bucket throws when it cannot be opened */
export async function openNamedBucket(config: RegistryConfig, metrics: Metrics): Promise<Bucket> {
  const url = config.storage
  if (url === 'memory:') return memoryBucket()
  if (url.startsWith('file:') && url.length > 'file:'.length) return directoryBucket(url.slice('file:'.length))
  if (url.startsWith('s3:')) return await openS3(url, metrics)
  throw new StartError(
    'CONFIG_INVALID',
    `storage: ${JSON.stringify(url)} is not file:DIR, s3://BUCKET/PREFIX or memory:`,
    { setting: 'storage' },
  )
}

async function openS3(url: string, metrics: Metrics): Promise<Bucket> {
  try {
    return await openBucket(url, { s3: { onRequest: (event) => metrics.countStorage(event) } })
  } catch (error) {
    if (!isOciError(error, 'UNSUPPORTED')) throw error
    throw new StartError('CONFIG_INVALID', error.message, { setting: 'storage', cause: error })
  }
}

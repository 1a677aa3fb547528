/**
 * Opens the bucket that a storage URL names.
 * @module
 */
import { OciError } from '@tsreg/oci'
import type { Bucket } from './bucket.ts'
import { type DirectoryBucketOptions, directoryBucket } from './directory/directory.ts'
import { memoryBucket } from './memory.ts'
import type { S3BucketOptions } from './s3/index.ts'

export interface OpenBucketOptions {
  /** For `file:` only. */
  readonly directory?: DirectoryBucketOptions
  /** For `s3:` only. */
  readonly s3?: S3BucketOptions
}

/**
 * `file:DIR` (a path as it is, absolute or relative; `file:///DIR` too), `memory:`, or `s3://BUCKET/PREFIX?...`, whose
 * parameters are those of `parseS3Url`.
 * @throws UNSUPPORTED for another scheme or parameter, UNAVAILABLE and whatever else the driver refuses with
 */
export async function openBucket(url: string, options: OpenBucketOptions = {}): Promise<Bucket> {
  const [, scheme = '', rest = ''] = /^([a-z0-9+.-]*):(.*)$/is.exec(url) ?? []
  switch (scheme.toLowerCase()) {
    case 'file':
      return directoryBucket(directoryOf(url, rest), options.directory)
    case 'memory':
      if (rest === '') return memoryBucket()
      throw unsupported(url, 'memory: takes no path; use file:DIR to keep what is stored')
    case 's3':
      return await openS3(url, options.s3)
    default:
      throw unsupported(url, suggestion(scheme, url))
  }
}

/** The SDK is large: it is loaded by who has a bucket, and by nobody else. */
async function openS3(url: string, options: S3BucketOptions | undefined): Promise<Bucket> {
  const { parseS3Url, s3Bucket } = await import('./s3/index.ts')
  return await s3Bucket(parseS3Url(url), options)
}

/** A path and not a URL: `%` and `?` are characters of file names. */
function directoryOf(url: string, rest: string): string {
  const path = rest.startsWith('//') ? rest.slice(2) : rest
  if (path === '') throw unsupported(url, 'the directory is missing, as in file:./data')
  if (rest.startsWith('//') && !path.startsWith('/')) {
    throw unsupported(url, `file: names no host; did you mean file:${path}?`)
  }
  return path
}

function suggestion(scheme: string, url: string): string {
  if (scheme === '') return `it has no scheme; did you mean file:${url}?`
  if (/^(http|https|minio|r2|gs|aws)$/i.test(scheme))
    return 'the scheme is not known; buckets are written s3://BUCKET/PREFIX'
  if (/^(mem|ram|inmemory)$/i.test(scheme)) return 'the scheme is not known; did you mean memory:?'
  return 'the scheme is not known; use file:DIR, s3://BUCKET/PREFIX or memory:'
}

function unsupported(url: string, why: string): OciError {
  const shown = url.replace(/\/\/[^/@]*@/, '//')
  return new OciError('UNSUPPORTED', `storage ${JSON.stringify(shown)} cannot be opened: ${why}`, {
    detail: { url: shown },
  })
}

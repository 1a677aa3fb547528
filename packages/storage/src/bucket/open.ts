/**
 * Opens the bucket that a storage URL names.
 * @module
 */
import { OciError } from '@tsreg/oci'
import type { Bucket } from './bucket.ts'
import { type DirectoryBucketOptions, directoryBucket } from './directory/directory.ts'
import { memoryBucket } from './memory.ts'

export interface OpenBucketOptions {
  /** For `file:` only. */
  readonly directory?: DirectoryBucketOptions
}

/**
 * `file:DIR` (a path as it is, absolute or relative; `file:///DIR` too) or `memory:`.
 * @throws UNSUPPORTED for another scheme, and whatever `directoryBucket` refuses.
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
      throw unsupported(url, 'S3 buckets come with a later version; use file:DIR')
    default:
      throw unsupported(url, suggestion(scheme, url))
  }
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
  return 'the scheme is not known; use file:DIR or memory:'
}

function unsupported(url: string, why: string): OciError {
  const shown = url.replace(/\/\/[^/@]*@/, '//')
  return new OciError('UNSUPPORTED', `storage ${JSON.stringify(shown)} cannot be opened: ${why}`, {
    detail: { url: shown },
  })
}

/**
 * Pages of keys.
 * @module
 */
import { ListObjectsV2Command } from '@aws-sdk/client-s3'
import type { ETag, ListEntry, ListOptions } from '../bucket.ts'
import { listLimit } from '../check-arguments.ts'
import type { S3Context } from './context.ts'
import { readEtag } from './etags.ts'

/** In the order of the keys' UTF-8 bytes, which is S3's. One request, but where the server makes shorter pages. */
export async function listObjects(s3: S3Context, options: ListOptions): Promise<readonly ListEntry[]> {
  const { prefix, startAfter, signal } = options
  const limit = listLimit(options)
  const { location, requests, client } = s3
  const entries: ListEntry[] = []
  let after = startAfter === undefined ? undefined : location.prefix + startAfter
  while (entries.length < limit) {
    const input = {
      Bucket: location.bucket,
      Prefix: location.prefix + prefix,
      MaxKeys: limit - entries.length,
      ...(after === undefined ? {} : { StartAfter: after }),
    }
    const page = await requests.run({ operation: 'ListObjectsV2', key: prefix, signal }, (send) =>
      client.send(new ListObjectsV2Command(input), send),
    )
    for (const { Key = '', Size = 0, ETag, LastModified } of page.Contents ?? []) {
      entries.push({
        key: Key.slice(location.prefix.length),
        size: Size,
        etag: readEtag(ETag) ?? ('' as ETag),
        // Listings tell milliseconds where the headers of the object cannot.
        modifiedMs: Math.floor((LastModified?.getTime() ?? 0) / 1000) * 1000,
      })
      after = Key
    }
    if (page.IsTruncated !== true || (page.Contents ?? []).length === 0) break
  }
  return entries
}

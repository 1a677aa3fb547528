/**
 * ListObjectsV2: pages of keys in the order of their UTF-8 bytes. No delimiters: nothing of ours asks for them.
 * @module
 */
import { type S3Handler, shownETag } from './handler.ts'
import { xmlReply } from './reply.ts'
import { invalidArgument, notImplemented } from './s3-error.ts'

const maxKeysPerPage = 1000

export const listObjects: S3Handler = ({ bucket, query }, _, { store, behaviour }) => {
  if (query.has('delimiter')) throw notImplemented('a delimiter')
  const { keys, objects } = store.bucket(bucket)
  const limit = maxKeysOf(query.get('max-keys'))
  const prefix = query.get('prefix') ?? ''
  const token = query.get('continuation-token')
  const startAfter = token === null ? query.get('start-after') : keyOfToken(token)
  const encode = query.get('encoding-type') === 'url' ? encodeKey : (key: string) => key
  // One more than asked for tells whether there are more.
  const found = keys.page(prefix, startAfter ?? undefined, limit + 1)
  const page = found.slice(0, limit)
  const isTruncated = limit > 0 && found.length > limit
  return xmlReply('ListBucketResult', {
    Name: bucket,
    Prefix: encode(prefix),
    StartAfter: encode(query.get('start-after') ?? ''),
    KeyCount: page.length,
    MaxKeys: limit,
    EncodingType: query.get('encoding-type') ?? undefined,
    IsTruncated: isTruncated,
    ContinuationToken: token ?? undefined,
    NextContinuationToken: isTruncated ? tokenOfKey(page.at(-1) ?? '') : undefined,
    Contents: page.map((key) => {
      const object = objects.get(key)
      return {
        Key: encode(key),
        LastModified: new Date(object?.modifiedMs ?? 0).toISOString(),
        ETag: shownETag(object?.etag ?? '', behaviour),
        Size: object?.body.byteLength ?? 0,
        StorageClass: 'STANDARD',
      }
    }),
  })
}

function maxKeysOf(given: string | null): number {
  if (given === null) return maxKeysPerPage
  if (!/^\d+$/.test(given)) throw invalidArgument(`max-keys is ${given}`)
  return Math.min(Number(given), maxKeysPerPage)
}

const tokenOfKey = (key: string): string => Buffer.from(key).toString('base64url')

function keyOfToken(token: string): string {
  const key = Buffer.from(token, 'base64url').toString()
  if (token === '' || tokenOfKey(key) !== token) throw invalidArgument('the continuation token is not one of ours')
  return key
}

/** As S3 does for `encoding-type=url`: slashes stay, a space is a plus. */
function encodeKey(key: string): string {
  return encodeURIComponent(key).replaceAll('%2F', '/').replaceAll('%20', '+')
}

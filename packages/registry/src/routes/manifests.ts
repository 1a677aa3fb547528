/**
 * Manifests by tag or digest (distribution-spec main, end-3, end-7 and end-9).
 * @module
 */
import { OciError, parseDigest, parseMediaType, parseSupportedDigest, parseTag } from '@tsreg/oci'
import { routePath } from '@tsreg/oci/distribution'
import type { StoredManifest, TagCondition } from '@tsreg/storage'
import type { Exchange } from '../exchange.ts'
import type { Endpoint } from '../middleware/authorize.ts'
import { readBody } from '../middleware/body.ts'
import { send } from '../reply.ts'
import { entityTags, isUnchanged, repositoryOf } from './parameters.ts'
import { toDelete, toPull, toPush } from './rights.ts'

/** Tags that one push may set by `?tag=`; the specification wants at least 10. */
const maxTags = 100

/** GET and HEAD. The media type is sent exactly as it was pushed. */
export const getManifest: Endpoint = {
  access: toPull,
  async handle(exchange) {
    const { digest, mediaType, bytes } = await findManifest(exchange)
    const headers = ['Docker-Content-Digest', digest, 'ETag', `"${digest}"`]
    if (isUnchanged(exchange.request.headers['if-none-match'], digest)) return send(exchange, 304, headers)
    headers.push('Content-Type', mediaType)
    send(exchange, 200, headers, bytes)
  },
}

export const putManifest: Endpoint = {
  access: toPush,
  async handle(exchange) {
    const { services, request } = exchange
    const { manifests } = repositoryOf(exchange)
    const reference = referenceOf(exchange)
    const target = isTagLike(reference)
      ? { tags: [parseTag(reference)] }
      : { digest: parseSupportedDigest(reference), tags: tagParameters(exchange) }
    const mediaType = parseMediaType(request.headers['content-type'])
    if (mediaType === '') {
      throw new OciError('MANIFEST_INVALID', 'the push has no Content-Type; it must be the media type of the manifest')
    }
    const bytes = await readBody(exchange, services.config.maxManifestBytes)
    const stored = await manifests.put({ mediaType, bytes, ...target, ...tagCondition(exchange) })
    const headers = [
      ...['Location', routePath.manifest(repositoryOf(exchange).name, stored.digest)],
      ...['Docker-Content-Digest', stored.digest, 'ETag', `"${stored.digest}"`],
    ]
    if (stored.subject !== undefined) headers.push('OCI-Subject', stored.subject)
    if ('digest' in target && target.tags.length > 0) headers.push('OCI-Tag', stored.tags.join(', '))
    send(exchange, 201, headers)
  },
}

/** A tag: only the tag goes. A digest: the manifest goes, and every tag that names it. */
export const deleteManifest: Endpoint = {
  access: toDelete,
  async handle(exchange) {
    const { manifests, tags } = repositoryOf(exchange)
    const reference = referenceOf(exchange)
    if (isTagLike(reference)) await tags.delete(parseTag(reference), tagCondition(exchange))
    else await manifests.delete(parseDigest(reference))
    send(exchange, 202, [])
  },
}

function findManifest(exchange: Exchange): Promise<StoredManifest> {
  const { manifests, tags } = repositoryOf(exchange)
  const reference = referenceOf(exchange)
  if (isTagLike(reference)) return tags.fetch(parseTag(reference))
  return manifests.fetch(parseDigest(reference))
}

function referenceOf({ route }: Exchange): string {
  return route?.kind === 'manifest' ? route.reference : ''
}

/** No tag holds a colon and every digest does. */
function isTagLike(reference: string): boolean {
  return !reference.includes(':')
}

function tagParameters({ query }: Exchange): readonly string[] {
  const tags = [...new Set(query.getAll('tag').map(parseTag))]
  if (tags.length <= maxTags) return tags
  throw new OciError('TAG_INVALID', `the push sets ${tags.length} tags at once; at most ${maxTags} are taken`, {
    detail: { limit: maxTags, received: tags.length },
  })
}

function tagCondition({ request }: Exchange): TagCondition {
  const ifMatch = entityTags(request.headers['if-match'])
  const ifNoneMatch = entityTags(request.headers['if-none-match'])
  return { ...(ifMatch === undefined ? {} : { ifMatch }), ...(ifNoneMatch === undefined ? {} : { ifNoneMatch }) }
}

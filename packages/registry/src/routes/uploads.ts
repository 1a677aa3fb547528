/**
 * Starts uploads (distribution-spec main, end-4 and end-11): a session, a blob in one request, or a mount.
 * @module
 */
import { algorithmOf, type Digest, parseAlgorithm, parseSupportedDigest } from '@tsreg/oci'
import { formatUploadRange, routePath } from '@tsreg/oci/distribution'
import type { Upload } from '@tsreg/storage'
import { anyRepository } from '../access/index.ts'
import type { Exchange } from '../exchange.ts'
import { type Endpoint, isAllowed } from '../middleware/authorize.ts'
import { announcedSize, openBody } from '../middleware/body.ts'
import { send } from '../reply.ts'
import { nameOf, repositoryOf } from './parameters.ts'
import { toPush } from './rights.ts'

export const postUpload: Endpoint = {
  access: toPush,
  async handle(exchange) {
    const { query } = exchange
    const mount = query.get('mount')
    const digest = query.get('digest')
    if (mount !== null && (await mountBlob(exchange, parseSupportedDigest(mount)))) return
    if (digest !== null && mount === null) return putBlob(exchange, parseSupportedDigest(digest))
    const algorithm = query.get('digest-algorithm')
    const upload = await repositoryOf(exchange).uploads.create(
      algorithm === null ? {} : { algorithm: parseAlgorithm(algorithm) },
    )
    send(exchange, 202, [...uploadHeaders(exchange, upload), ...chunkHeaders(exchange)])
  },
}

/** Where every chunk costs requests to a remote store, clients that ask are told what size is worth them. */
function chunkHeaders({ services: { config, storage } }: Exchange): readonly string[] {
  const bytes = config.chunkMinBytes ?? (storage.state().signedUrls ? 8 * 1024 * 1024 : 0)
  return bytes === 0 ? [] : ['OCI-Chunk-Min-Length', String(bytes)]
}

/** Where an upload goes on, and how far it has come. */
export function uploadHeaders(exchange: Exchange, upload: Pick<Upload, 'id' | 'offset'>): string[] {
  return [
    ...['Location', routePath.upload(nameOf(exchange), upload.id)],
    ...['Range', formatUploadRange(upload.offset), 'Docker-Upload-UUID', upload.id],
  ]
}

/** The answer to a blob that is complete. */
export function sendCreated(exchange: Exchange, digest: Digest): void {
  send(exchange, 201, ['Location', routePath.blob(nameOf(exchange), digest), 'Docker-Content-Digest', digest])
}

/** A source that the caller may not pull from counts as one without the blob: a 401 would send clients in circles. */
async function mountBlob(exchange: Exchange, digest: Digest): Promise<boolean> {
  const from = exchange.query.get('from') ?? undefined
  const right = { type: 'repository', name: from ?? anyRepository, actions: ['pull'] }
  if (!(await isAllowed(exchange, [right]))) return false
  if (!(await repositoryOf(exchange).blobs.mount(digest, from))) return false
  sendCreated(exchange, digest)
  return true
}

async function putBlob(exchange: Exchange, digest: Digest): Promise<void> {
  algorithmOf(digest)
  const size = announcedSize(exchange)
  await repositoryOf(exchange).uploads.put(digest, openBody(exchange), size === undefined ? {} : { size })
  sendCreated(exchange, digest)
}

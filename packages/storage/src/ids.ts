/**
 * Manifests by the beginning of their image ID or of their own digest. Markers and keys lead to candidates; the manifest
 * cells decide.
 * @module
 */
import { type Digest, digestAlgorithms, encodedOf, isImageConfigType, OciError } from '@tsreg/oci'
import type { OperationOptions } from '@tsreg/oci/content'
import { childrenOf, parseManifest } from '@tsreg/oci/image'
import { mapBounded } from './bounded.ts'
import type { ListEntry } from './bucket/bucket.ts'
import { isTombstone } from './cells.ts'
import type { StorageContext } from './context.ts'
import { type ManifestTarget, readManifest } from './manifest-cell.ts'
import { digestAt, idPrefix, imagePrefix, manifestPrefix, parseIdKey, parseImageKey } from './paths.ts'
import type { IdMatch, IdOptions } from './repository.ts'
import { tagStore } from './tags.ts'

/** Digits below which a prefix says next to nothing. */
const minDigits = 4
const maxDigits = 128

/** In one repository. @throws DIGEST_INVALID for a prefix that is none */
export async function findInRepository(
  context: StorageContext,
  { repository, prefix }: { readonly repository: string; readonly prefix: string },
  { limit, signal }: IdOptions,
): Promise<readonly IdMatch[]> {
  const hex = parsePrefix(prefix)
  const found = new Map<Digest, IdMatch>()
  for await (const digests of candidates(context, repository, hex, { signal })) {
    const fresh = [...new Set(digests)].filter((digest) => !found.has(digest))
    const matches = await mapBounded(fresh, (digest) => matchOf(context, { repository, digest }, hex, { signal }))
    for (const match of matches) if (match !== undefined && found.size < limit) found.set(match.digest, match)
    if (found.size >= limit) break
  }
  return [...found.values()]
}

/** In all repositories. @throws DIGEST_INVALID for a prefix that is none */
export async function findEverywhere(
  context: StorageContext,
  prefix: string,
  { limit, signal }: IdOptions,
): Promise<readonly IdMatch[]> {
  const hex = parsePrefix(prefix)
  const found = new Map<string, IdMatch>()
  for await (const page of pagesOf(context, idPrefix(hex), { signal })) {
    for (const { key } of page) {
      if (found.size >= limit) return [...found.values()]
      const { hex: whole, name: repository } = parseIdKey(key)
      const matches = await findInRepository(
        context,
        { repository, prefix: whole },
        { limit: limit - found.size, signal },
      )
      for (const match of matches) found.set(`${repository}@${match.digest}`, match)
    }
  }
  return [...found.values()].slice(0, limit)
}

async function* candidates(context: StorageContext, repository: string, hex: string, options: OperationOptions) {
  for await (const page of pagesOf(context, imagePrefix(repository, hex), options)) {
    yield page.map(({ key }) => parseImageKey(key).digest)
  }
  const manifests = manifestPrefix(repository)
  for (const algorithm of digestAlgorithms) {
    for await (const page of pagesOf(context, `${manifests}${algorithm}/${hex}`, options)) {
      yield page.filter((entry) => !isTombstone(entry)).map(({ key }) => digestAt(key.slice(manifests.length)))
    }
  }
}

async function* pagesOf(
  context: StorageContext,
  prefix: string,
  options: OperationOptions,
): AsyncGenerator<readonly ListEntry[]> {
  let startAfter = ''
  for (;;) {
    const page = await context.bucket.list({ prefix, startAfter, ...options })
    if (page.length > 0) yield page
    const last = page.at(-1)
    if (last === undefined || page.length < 1000) return
    startAfter = last.key
  }
}

async function matchOf(
  context: StorageContext,
  target: ManifestTarget,
  hex: string,
  options: OperationOptions,
): Promise<IdMatch | undefined> {
  const { repository, digest } = target
  const { header, payload } = await readManifest(context, target, options)
  if (header === undefined) return undefined
  const manifest = parseManifest(payload, header.mediaType)
  const isImage = manifest.kind === 'image' && isImageConfigType(manifest.config.mediaType)
  const imageId = isImage ? manifest.config.digest : undefined
  if (!encodedOf(digest).startsWith(hex) && !(imageId && encodedOf(imageId).startsWith(hex))) return undefined
  const parts = manifest.kind === 'image' ? childrenOf(manifest) : []
  return {
    repository,
    digest,
    mediaType: header.mediaType,
    size: parts.reduce((sum, { size }) => sum + size, header.size),
    tags: await tagStore(context, repository).of(digest, options),
    ...(imageId === undefined ? {} : { imageId }),
  }
}

function parsePrefix(text: string): string {
  const hex = text.toLowerCase()
  if (hex.length >= minDigits && hex.length <= maxDigits && /^[0-9a-f]+$/.test(hex)) return hex
  const shown = JSON.stringify(text.slice(0, 150))
  throw new OciError(
    'DIGEST_INVALID',
    `not the beginning of an ID: ${shown}; give ${minDigits} to ${maxDigits} hex digits`,
    {
      detail: { prefix: text.slice(0, 150) },
    },
  )
}

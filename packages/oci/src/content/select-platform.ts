/**
 * From an index to the one manifest that fits a platform.
 * @module
 */
import type { Descriptor } from '../descriptor.ts'
import { OciError } from '../errors.ts'
import { isIndexType } from '../media-types.ts'
import { formatPlatform, matchPlatform, type Platform } from '../platform.ts'
import { fetchManifest } from './fetch-manifest.ts'
import { maxDepth, tooDeep } from './max-depth.ts'
import type { Fetcher, OperationOptions } from './store.ts'

/**
 * The descriptor as it is when it names no index; else the first manifest of the index that the platform can run. A nested
 * index without a platform is looked into when nothing beside it fits.
 * @throws MANIFEST_UNKNOWN naming the platforms that there are.
 */
export async function selectPlatform(
  fetcher: Fetcher,
  descriptor: Descriptor,
  platform: Platform,
  options: OperationOptions = {},
): Promise<Descriptor> {
  if (!isIndexType(descriptor.mediaType)) return descriptor
  const seen = new Set<string>()
  const found = await search({ fetcher, platform, options, seen }, descriptor, 0)
  if (found !== undefined) return found
  const available = [...seen].slice(0, 50)
  throw new OciError(
    'MANIFEST_UNKNOWN',
    `${descriptor.digest} has no manifest for ${formatPlatform(platform)}; it has ${available.join(', ') || 'none with a platform'}`,
    { detail: { digest: descriptor.digest, platform: formatPlatform(platform), available } },
  )
}

interface Search {
  readonly fetcher: Fetcher
  readonly platform: Platform
  readonly options: OperationOptions
  /** Platforms met on the way, for the message. */
  readonly seen: Set<string>
}

async function search(context: Search, index: Descriptor, depth: number): Promise<Descriptor | undefined> {
  if (depth >= maxDepth) throw tooDeep(index)
  const { manifest } = await fetchManifest(context.fetcher, index, context.options)
  if (manifest.kind !== 'index') return undefined
  for (const entry of manifest.manifests) {
    if (entry.platform !== undefined) context.seen.add(formatPlatform(entry.platform))
  }
  const found = matchPlatform(manifest.manifests, context.platform)
  if (found !== undefined) return isIndexType(found.mediaType) ? search(context, found, depth + 1) : found
  for (const entry of manifest.manifests) {
    if (entry.platform !== undefined || !isIndexType(entry.mediaType)) continue
    const nested = await search(context, entry, depth + 1)
    if (nested !== undefined) return nested
  }
  return undefined
}

/**
 * Small content fetched whole: manifests and configs, verified and limited.
 * @module
 */
import type { Descriptor } from '../descriptor.ts'
import { OciError } from '../errors.ts'
import type { Manifest } from '../image/manifest.ts'
import { parseManifest } from '../image/parse-manifest.ts'
import { type Fetcher, isSmallFetcher, type OperationOptions } from './store.ts'
import { readAll, verified, verifyContent } from './verify.ts'

/** Most bytes of a manifest that a client reads. Registries accept 4 MiB. */
export const maxManifestBytes: number = 8 * 1024 * 1024

export interface FetchedManifest {
  /** Exactly as the store has them. */
  readonly bytes: Uint8Array
  readonly manifest: Manifest
}

/**
 * The manifest that the descriptor names, its size, digest and media type checked.
 * @throws MANIFEST_UNKNOWN, MANIFEST_TOO_LARGE, SIZE_INVALID, DIGEST_INVALID, MANIFEST_INVALID
 */
export async function fetchManifest(
  fetcher: Fetcher,
  descriptor: Descriptor,
  options: OperationOptions = {},
): Promise<FetchedManifest> {
  const bytes = await fetchContent(fetcher, descriptor, { ...options, limitBytes: maxManifestBytes })
  return { bytes, manifest: parseManifest(bytes, descriptor.mediaType) }
}

export interface FetchContentOptions extends OperationOptions {
  /**
   * Larger content is refused before it is asked for.
   * @default 8 MiB
   */
  readonly limitBytes?: number
}

/**
 * The content that the descriptor names, in memory and verified.
 * @throws MANIFEST_TOO_LARGE, SIZE_INVALID, DIGEST_INVALID and what the fetcher throws
 */
export async function fetchContent(
  fetcher: Fetcher,
  descriptor: Descriptor,
  { limitBytes = maxManifestBytes, signal }: FetchContentOptions = {},
): Promise<Uint8Array> {
  if (descriptor.size > limitBytes) {
    throw new OciError(
      'MANIFEST_TOO_LARGE',
      `${descriptor.digest} has ${descriptor.size} bytes, more than the limit of ${limitBytes}`,
      { detail: { digest: descriptor.digest, size: descriptor.size, limit: limitBytes } },
    )
  }
  if (isSmallFetcher(fetcher)) return verified(descriptor, await fetcher.fetchSmall(descriptor, { signal }))
  const content = await fetcher.fetch(descriptor, { signal })
  return readAll(verifyContent(descriptor, content), limitBytes)
}

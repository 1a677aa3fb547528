/**
 * Pushing a manifest: the steps M1-M5b of the storage protocol.
 *
 * ```
 * M1   the markers s, i, j, g                 before the cells they lead to
 * M3   m/E/D written, always                  from here on GC's mark contains what it names
 * M4   everything it needs is read again      condemned: rescued; dead: refused
 * M4b  cat/E read, written when absent        after m/E/D: who deletes the repository looks the other way round
 * M5   the tags written, always
 * M5b  m/E/D read again                       before the tags, GC or a delete may have taken it
 * ```
 * @module
 */
import { algorithmOf, type Digest, digestOf, OciError, parseTag } from '@tsreg/oci'
import type { OperationOptions } from '@tsreg/oci/content'
import { type Manifest, parseManifest } from '@tsreg/oci/image'
import { contention, maxTurns, type StorageContext } from './context.ts'
import { type ManifestHeader, readManifest, secureManifest } from './manifest-cell.ts'
import { manifestMarkers } from './manifest-markers.ts'
import { findMissing, missingBlobs } from './manifest-needs.ts'
import { manifestKey, tagMarkerKey } from './paths.ts'
import type { PutManifestOptions, PutManifestResult } from './repository.ts'
import { secureRepository } from './repository-marker.ts'
import { isConditional, requireCondition } from './tag-condition.ts'
import { checkTagConditions, writeTags } from './tag-write.ts'

/** A manifest that has been checked, and where it goes. */
export interface ManifestPush {
  readonly repository: string
  readonly digest: Digest
  readonly header: ManifestHeader
  readonly bytes: Uint8Array
  readonly manifest: Manifest
  readonly tags: readonly string[]
}

export async function pushManifest(
  context: StorageContext,
  repository: string,
  options: PutManifestOptions,
): Promise<PutManifestResult> {
  const { ifMatch, ifNoneMatch, signal } = options
  const push = checkPush(context, repository, options)
  const condition = {
    ...(ifMatch === undefined ? {} : { ifMatch }),
    ...(ifNoneMatch === undefined ? {} : { ifNoneMatch }),
  }
  const { digest, manifest, tags } = push
  // Refused early, so that nothing is left of a push that loses; decided again where it counts.
  if (isConditional(condition) && tags.length > 0) await checkTagConditions(context, push, condition, { signal })
  let isAgain = false
  for (let turn = 0; turn < maxTurns; turn++) {
    const written = await writeManifest(context, push, tags.length === 0 ? condition : {}, { signal })
    if (!written) continue
    await writeTags(context, push, condition, { isAgain, signal }) // M5
    isAgain = true
    if (tags.length > 0 && !(await secureManifest(context, { repository, digest }, { signal }))) continue // M5b
    const subject = manifest.subject?.digest
    return { digest, tags, ...(subject === undefined ? {} : { subject }) }
  }
  throw contention(`manifest ${digest} of ${repository}`)
}

/** M1 without its writes. @throws MANIFEST_INVALID, MANIFEST_TOO_LARGE, DIGEST_INVALID, TAG_INVALID */
function checkPush(context: StorageContext, repository: string, options: PutManifestOptions): ManifestPush {
  const { bytes, mediaType } = options
  const { maxManifestBytes, now } = context.options
  const size = bytes.byteLength
  if (size > maxManifestBytes) {
    throw new OciError(
      'MANIFEST_TOO_LARGE',
      `the manifest has ${size} bytes, at most ${maxManifestBytes} are allowed`,
      {
        detail: { expected: maxManifestBytes, received: size },
      },
    )
  }
  const tags = [...new Set(options.tags.map(parseTag))]
  const digest = digestOf(bytes, options.digest === undefined ? 'sha256' : algorithmOf(options.digest))
  if (options.digest !== undefined && options.digest !== digest) {
    throw new OciError('DIGEST_INVALID', `the manifest has digest ${digest}, not ${options.digest}`, {
      detail: { expected: options.digest, received: digest },
    })
  }
  const manifest = parseManifest(bytes, mediaType)
  const pushedAt = new Date(now()).toISOString()
  const header = { st: 'live' as const, mediaType: manifest.mediaType, size, pushedAt }
  return { repository, digest, header, bytes, manifest, tags }
}

/** M1 to M4b; false when another writer was faster. */
async function writeManifest(
  context: StorageContext,
  push: ManifestPush,
  condition: Parameters<typeof requireCondition>[1],
  options: OperationOptions,
): Promise<boolean> {
  const { repository, digest, header, bytes } = push
  const key = manifestKey(repository, digest)
  const before = await readManifest(context, push, options) // M3, read
  const had = before.header !== undefined
  requireCondition(`manifest ${digest} of ${repository}`, condition, had ? digest : undefined)
  await context.cells.mark(markersOf(push, had), options) // M1
  // M3, write. Also when it is live: the fresh version is what makes a sweep or a delete under way lose its race.
  const version = await context.cells.write({ key, version: before.version, header, payload: bytes }, options)
  if (version === undefined) return false
  context.cache.drop(key)
  const missing = await findMissing(context, push, options) // M4
  if (missing.length === 0) {
    await secureRepository(context, repository, options) // M4b
    return true
  }
  // Only what this push created: a manifest that was there before is somebody else's, and acknowledged.
  if (!had) await context.cells.bury(key, version, options)
  context.cache.drop(key)
  throw missingBlobs(repository, digest, missing)
}

/** What leads to the manifest. That of a live one has been written when it was pushed first; only its tags may be new. */
function markersOf(push: ManifestPush, had: boolean): readonly string[] {
  const ofTags = push.tags.map((tag) => tagMarkerKey(push.repository, push.digest, tag))
  return had ? ofTags : [...manifestMarkers(push), ...ofTags]
}

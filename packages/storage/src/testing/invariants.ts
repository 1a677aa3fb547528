/**
 * The invariants of the storage protocol, checked on what is in the bucket.
 * @module
 */
import { buffer } from 'node:stream/consumers'
import { algorithmOf, type Digest, digestOf } from '@tsreg/oci'
import { childrenOf, isNonDistributable, parseManifest } from '@tsreg/oci/image'
import type { Bucket } from '../bucket/index.ts'
import { cellsOf } from '../cells.ts'
import type { ManifestHeader } from '../manifest-cell.ts'
import { manifestMarkers } from '../manifest-markers.ts'
import { dataPrefix, decodeName, digestAt, linkKey, manifestKey, pointerKey, tagMarkerKey } from '../paths.ts'
import type { PointerHeader } from '../pointer.ts'
import type { TagHeader } from '../tag-cell.ts'
import { keysOf } from './repository-fixtures.ts'

/** Invariant 2: what every live pointer that is not so breaks; none: []. */
export async function brokenPointers(bucket: Bucket): Promise<string[]> {
  const broken: string[] = []
  for (const key of await keysOf(bucket, 'b/')) {
    const { header, payload } = await cellsOf(bucket).read<PointerHeader>(key)
    if (header === undefined) continue
    const digest = digestAt(key.slice('b/'.length))
    const bytes = header.key === undefined ? payload : await readObject(bucket, header.key)
    if (bytes === undefined) broken.push(`${key}: its bytes ${header.key} are missing`)
    else if (digestOf(bytes, algorithmOf(digest)) !== digest) broken.push(`${key}: ${header.key} holds other bytes`)
    else if (bytes.byteLength !== header.size) broken.push(`${key}: ${header.size} bytes, not ${bytes.byteLength}`)
  }
  return broken
}

async function readObject(bucket: Bucket, key: string): Promise<Buffer | undefined> {
  return (await bucket.stat(key)) === undefined ? undefined : await buffer(await bucket.get(key))
}

/** Invariant 1: what an acknowledged manifest lacks. */
export async function brokenManifest(bucket: Bucket, repository: string, digest: Digest): Promise<string[]> {
  const cells = cellsOf(bucket)
  const { header, payload } = await cells.read<ManifestHeader>(manifestKey(repository, digest))
  if (header === undefined) return [`manifest ${digest} of ${repository} is gone`]
  const manifest = parseManifest(payload, header.mediaType)
  if (manifest.kind === 'index') return []
  const broken: string[] = []
  for (const child of childrenOf(manifest)) {
    if (isNonDistributable(child)) continue
    for (const key of [pointerKey(child.digest), linkKey(repository, child.digest)]) {
      if ((await cells.read(key)).header === undefined)
        broken.push(`manifest ${digest} of ${repository}: ${key} is dead`)
    }
  }
  return broken
}

/**
 * A marker that must be there, because it leads to something that is: from a manifest to its tag, from a subject or an image
 * ID to the manifest. Undefined: none is missing.
 */
export async function missingMarker(bucket: Bucket): Promise<string | undefined> {
  const wanted: string[] = []
  for (const key of await keysOf(bucket, 't/')) {
    const { header } = await cellsOf(bucket).read<TagHeader>(key)
    const [, encoded = '', tag = ''] = key.split('/')
    if (header !== undefined) wanted.push(tagMarkerKey(decodeName(encoded), header.digest, tag))
  }
  for (const key of await keysOf(bucket, 'm/')) {
    const { header, payload } = await cellsOf(bucket).read<ManifestHeader>(key)
    if (header === undefined) continue
    const [, encoded = '', ...path] = key.split('/')
    const manifest = parseManifest(payload, header.mediaType)
    wanted.push(...manifestMarkers({ repository: decodeName(encoded), digest: digestAt(path.join('/')), manifest }))
  }
  for (const marker of wanted) if ((await bucket.stat(marker)) === undefined) return marker
  return undefined
}

/** Objects under `d/` that neither a pointer nor a session names, and sessions. */
export async function garbage(bucket: Bucket): Promise<string[]> {
  const named = new Set<string>()
  for (const key of await keysOf(bucket, 'b/')) {
    const { header } = await cellsOf(bucket).read<PointerHeader>(key)
    if (header?.key !== undefined) named.add(header.key)
  }
  const sessions = await keysOf(bucket, 'u/')
  const kept = sessions.map((key) => dataPrefix(key.slice('u/'.length)))
  const objects = (await keysOf(bucket, 'd/')).filter((key) => !kept.some((prefix) => key.startsWith(prefix)))
  return [...objects.filter((key) => !named.has(key)), ...sessions]
}

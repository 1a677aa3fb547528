/**
 * Invariant 4: when everybody has stopped, janitor and collector leave nothing but what is used, and a new client succeeds.
 * @module
 */
import { digestOf } from '@tsreg/oci'
import { childrenOf, parseManifest } from '@tsreg/oci/image'
import type { Bucket } from '../../bucket/index.ts'
import { cellsOf } from '../../cells.ts'
import type { ManifestHeader } from '../../manifest-cell.ts'
import { decodeName, linkKey, pointerKey } from '../../paths.ts'
import type { RegistryStorage } from '../../repository.ts'
import { garbage } from '../invariants.ts'
import { content, keysOf } from '../repository-fixtures.ts'
import { blobs, twoBlobs } from './contents.ts'
import type { Oracle } from './oracle.ts'

export interface EndOptions {
  readonly bucket: Bucket
  readonly storage: RegistryStorage
  readonly judge: Oracle
}

/** What is wrong at the end; undefined: nothing. */
export async function brokenEnd({ bucket, storage, judge }: EndOptions): Promise<string | undefined> {
  await clearUp(storage)
  await judge.check()
  for (const prefix of ['u/', 'gc/trash/']) {
    const [left] = await keysOf(bucket, prefix)
    if (left !== undefined) return `I4: ${left} is left over`
  }
  const orphan = (await garbage(bucket)).find((key) => !judge.isLate(key))
  if (orphan !== undefined) return `I4: nothing names the bytes ${orphan}`
  const condemned = await forgotten(bucket)
  if (condemned !== undefined) return `I4: ${condemned} is left condemned`
  try {
    await comeAnew(storage)
  } catch (error) {
    return `I4: a new client fails: ${error}`
  }
  await clearUp(storage)
  await judge.check()
  const { digest } = await storage.repository('a').tags.resolve('new')
  return digest === twoBlobs.descriptor.digest ? undefined : `I4: the tag of a new push names ${digest}`
}

/**
 * A pointer or link that is condemned and that nothing needs. One that is needed may stay so: it is as good as another, and
 * who needs it anew sets it back. So may a manifest, until untagged ones are collected again.
 */
async function forgotten(bucket: Bucket): Promise<string | undefined> {
  const cells = cellsOf(bucket)
  const needed = new Set<string>()
  for (const key of await keysOf(bucket, 'm/')) {
    const { header, payload } = await cells.read<ManifestHeader>(key)
    if (header === undefined) continue
    const repository = decodeName(key.split('/')[1] ?? '')
    for (const { digest } of childrenOf(parseManifest(payload, header.mediaType))) {
      needed.add(pointerKey(digest)).add(linkKey(repository, digest))
    }
  }
  for (const key of [...(await keysOf(bucket, 'b/')), ...(await keysOf(bucket, 'l/'))]) {
    const { header } = await cells.read<{ readonly st?: string }>(key)
    if (header?.st === 'cond' && !needed.has(key)) return key
  }
  return undefined
}

async function comeAnew(storage: RegistryStorage): Promise<void> {
  const repository = storage.repository('a')
  const { bytes, descriptor } = twoBlobs
  for (const blob of blobs) await repository.uploads.put(digestOf(blob), content(blob))
  await repository.manifests.put({ mediaType: descriptor.mediaType, bytes, tags: ['new'] })
  for (const blob of blobs) await repository.blobs.stat(digestOf(blob))
}

/** The bytes of what one round buries go in the next. */
async function clearUp(storage: RegistryStorage): Promise<void> {
  await storage.discardStaleUploads({ ageMs: -1000 })
  for (let round = 0; round < 3; round++) await storage.collectGarbage({ graceMs: 0, ignoreLease: true })
}

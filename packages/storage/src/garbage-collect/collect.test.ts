import { beforeEach, describe, expect, test } from '@jest/globals'
import { makeImage } from '@tsreg/testkit'
import { type Bucket, memoryBucket } from '../bucket/index.ts'
import { cellsOf } from '../cells.ts'
import { linkKey, pointerKey } from '../paths.ts'
import type { RegistryStorage, Repository } from '../repository.ts'
import { openStorage } from '../storage.ts'
import { brokenManifest, brokenPointers, garbage } from '../testing/invariants.ts'
import { keysOf, pushGraphTo } from '../testing/repository-fixtures.ts'
import type { GarbageOptions, GarbageReport } from './report.ts'

const hour = 3_600_000
const name = 'a/b'
/** Larger than what a pointer holds. */
const large = { layerBytes: 20_000 }

describe.each([true, false])('garbage collection (conditional delete: %p)', (conditionalDelete) => {
  let bucket: Bucket
  let now: number
  let storage: RegistryStorage
  let repository: Repository
  beforeEach(async () => {
    now = Date.UTC(2026, 0, 1)
    bucket = memoryBucket({ conditionalDelete, now: () => now })
    storage = await openStorage(bucket, { now: () => now })
    repository = storage.repository(name)
  })

  /** A day passes, and a run after it. */
  async function collect(options: GarbageOptions = {}): Promise<GarbageReport> {
    now += 25 * hour
    return await storage.collectGarbage(options)
  }

  const isAlive = async (key: string) => (await cellsOf(bucket).read(key)).header !== undefined

  test('what a deleted image alone needed goes, what others need stays', async () => {
    const [kept, gone] = [makeImage({ seed: 1, ...large }), makeImage({ seed: 2, ...large })]
    await pushGraphTo(repository, kept, 'kept')
    await pushGraphTo(repository, gone, 'gone')
    await repository.manifests.delete(gone.manifest.descriptor.digest)
    const first = await collect()
    expect(first).toMatchObject({
      outcome: 'done',
      manifests: { seen: 1, kept: 1, removed: 0, read: 1 },
      links: { seen: 6, kept: 3, young: 0, condemned: 3, rescued: 0, removed: 3 },
      blobs: { seen: 6, kept: 3, young: 0, condemned: 3, rescued: 0, removed: 3 },
      tags: { seen: 1, removed: 0 },
    })
    expect(first.bytes).toEqual({ freed: 0, pending: sizeOfLayers(gone) })
    for (const { descriptor } of gone.blobs.values()) {
      expect(await isAlive(pointerKey(descriptor.digest))).toBe(false)
      expect(await isAlive(linkKey(name, descriptor.digest))).toBe(false)
    }
    const second = await collect()
    expect(second.bytes).toEqual({ freed: sizeOfLayers(gone), pending: 0 })
    expect(await brokenManifest(bucket, name, kept.manifest.descriptor.digest)).toEqual([])
    expect(await brokenPointers(bucket)).toEqual([])
    expect(await garbage(bucket)).toEqual([])
    expect(await keysOf(bucket, 'gc/trash/')).toEqual([])
  })
})

function sizeOfLayers({ layers }: { readonly layers: readonly { readonly descriptor: { readonly size: number } }[] }) {
  return layers.reduce((sum, { descriptor }) => sum + descriptor.size, 0)
}

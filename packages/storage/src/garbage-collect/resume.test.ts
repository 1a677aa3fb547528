import { describe, expect, test } from '@jest/globals'
import { makeArtifact, makeImage } from '@tsreg/testkit'
import type { Bucket } from '../bucket/index.ts'
import { cellsOf } from '../cells.ts'
import type { PointerHeader } from '../pointer.ts'
import { type AgingStore, agingStore, agingName as name } from '../testing/aging-store.ts'
import { seededBytes } from '../testing/bucket-fixtures.ts'
import { brokenManifest, brokenPointers, garbage } from '../testing/invariants.ts'
import { keysOf, pushBlob, pushGraphTo } from '../testing/repository-fixtures.ts'
import { wrapBucket } from '../testing/wrapped-bucket.ts'

const kept = makeImage({ seed: 1, layers: 1, layerBytes: 20_000 })
const gone = makeImage({ seed: 2, layers: 1, layerBytes: 20_000 })
const untagged = makeArtifact({ content: 'untagged' })
const options = { graceMs: 0, untaggedOlderThanMs: 0 }

/** Some garbage of each kind. */
async function filledStore(conditionalDelete: boolean): Promise<AgingStore> {
  const store = await agingStore(conditionalDelete, { cacheTtlMs: 0 })
  const { repository } = store
  await pushGraphTo(repository, kept, 'kept')
  await pushGraphTo(repository, gone, 'gone')
  await pushGraphTo(repository, untagged)
  await pushBlob(repository, seededBytes(20_000, 5))
  await repository.manifests.delete(gone.manifest.descriptor.digest)
  return store
}

/** The bucket of a process that reaches it no more, as if it were killed before its request `at` from `arm` on, counted from 0, or right after it. */
function killedAt(
  bucket: Bucket,
  at: number,
  when: 'before' | 'after',
): { readonly bucket: Bucket; arm(): void; killed(): boolean } {
  let count = Number.NEGATIVE_INFINITY
  let killed = false
  return {
    killed: () => killed,
    arm() {
      count = 0
    },
    bucket: wrapBucket(bucket, async (_, call) => {
      if (killed) throw new Error('killed')
      killed = count++ === at
      if (!killed) return await call()
      if (when === 'after') await call()
      throw new Error('killed')
    }),
  }
}

describe.each([true, false])('a collection that is killed (conditional delete: %p)', (conditionalDelete) => {
  test.each(['before', 'after'] as const)(
    '%s any of its requests is gone on with: nothing is broken, nothing is left',
    async (when) => {
      let kills = 0
      for (let at = 0; ; at++) {
        const store = await filledStore(conditionalDelete)
        const { bucket, arm, killed } = killedAt(store.bucket, at, when)
        const storage = await store.replica(bucket)
        arm()
        await storage.collectGarbage(options).catch(() => {})
        if (!killed()) break
        kills++
        expect(await brokenPointers(store.bucket)).toEqual([])
        expect(await brokenManifest(store.bucket, name, kept.manifest.descriptor.digest)).toEqual([])
        store.pass(60_000)
        for (let round = 0; round < 4; round++) await store.storage.collectGarbage(options)
        await expectClean(store)
      }
      expect(kills).toBeGreaterThan(40)
    },
  )
})

async function expectClean({ bucket }: AgingStore): Promise<void> {
  expect(await brokenPointers(bucket)).toEqual([])
  expect(await brokenManifest(bucket, name, kept.manifest.descriptor.digest)).toEqual([])
  expect(await garbage(bucket)).toEqual([])
  expect(await keysOf(bucket, 'gc/trash/')).toEqual([])
  expect(await keysOf(bucket, 'd/')).toHaveLength(1)
  const states = new Set<string | undefined>()
  for (const key of await keysOf(bucket, 'b/')) states.add((await cellsOf(bucket).read<PointerHeader>(key)).header?.st)
  expect(states).toEqual(new Set(['live', undefined]))
}

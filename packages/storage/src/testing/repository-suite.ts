/**
 * The contract of {@link RegistryStorage} as tests, run on every bucket.
 * @module
 */
import { afterAll, beforeAll, describe } from '@jest/globals'
import type { RegistryStorage } from '../repository.ts'
import { openStorage } from '../storage.ts'
import type { BucketFactory } from './bucket-suite.ts'
import { describeBlobs } from './repository-blobs.ts'
import { describeCommits } from './repository-commits.ts'
import { describeDeletes } from './repository-deletes.ts'
import type { StorageUnderTest } from './repository-fixtures.ts'
import { describeIds } from './repository-ids.ts'
import { describeManifests } from './repository-manifests.ts'
import { describeRaces } from './repository-races.ts'
import { describeReferrers } from './repository-referrers.ts'
import { describeTags } from './repository-tags.ts'
import { describeUploads } from './repository-uploads.ts'

const singleBytes = 256 * 1024

/** Registers the contract under `name`; call it at the top of a test file. */
export function describeStorage(name: string, factory: BucketFactory): void {
  describe(name, () => {
    let opened: StorageUnderTest | undefined
    const current = (): StorageUnderTest => {
      if (opened === undefined) throw new Error('the storage is not open')
      return opened
    }
    beforeAll(async () => {
      const bucket = await factory()
      const scratch = await bucket.startMultipart('scratch')
      await scratch.abort()
      const open = (): Promise<RegistryStorage> => openStorage(bucket, { singleObjectBytes: singleBytes })
      opened = { bucket, storage: await open(), replica: await open(), partSize: scratch.partSize, singleBytes }
    })
    afterAll(() => opened?.storage.close())

    describeUploads(current)
    describeCommits(current)
    describeBlobs(current)
    describeManifests(current)
    describeTags(current)
    describeDeletes(current)
    describeReferrers(current)
    describeIds(current)
    describeRaces(current)
  })
}

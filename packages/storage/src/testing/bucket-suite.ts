/**
 * The contract of {@link Bucket} as tests: every driver passes them, whatever it stores on.
 * @module
 */
import { afterAll, beforeAll, describe } from '@jest/globals'
import type { Bucket } from '../bucket/index.ts'
import { describeAborts } from './bucket-aborts.ts'
import { describeCells } from './bucket-cells.ts'
import type { BucketTraits } from './bucket-fixtures.ts'
import { describeLists } from './bucket-lists.ts'
import { describeMultiparts } from './bucket-multiparts.ts'
import { describeObjects } from './bucket-objects.ts'

export type { BucketTraits }

/** Opens one empty bucket; the suite closes it. Tests keep apart by key prefixes. */
export type BucketFactory = () => Promise<Bucket>

/** Registers the contract under `name`; call it at the top of a test file. */
export function describeBucket(name: string, factory: BucketFactory, traits: BucketTraits = {}): void {
  describe(name, () => {
    let opened: Bucket | undefined
    const bucket = (): Bucket => {
      if (opened === undefined) throw new Error('the bucket is not open')
      return opened
    }
    beforeAll(async () => {
      opened = await factory()
    })
    afterAll(() => opened?.close())

    describeCells(bucket, traits)
    describeLists(bucket, traits)
    describeObjects(bucket, traits)
    describeMultiparts(bucket, traits)
    describeAborts(bucket)
  })
}

/**
 * The contract of buckets on the S3 server that the environment names, as a file for jest: `npm run test:s3` runs it. It
 * is no `*.test.ts`, for `npm test` has no such server.
 * @module
 */

import { describe, expect, test } from '@jest/globals'
import { type Bucket, openBucket } from '../../packages/storage/src/bucket/index.ts'
import { singleWriter } from '../../packages/storage/src/single-writer.ts'
import { type BucketTraits, describeBucket } from '../../packages/storage/src/testing/index.ts'
import { describeSignedUrls } from './signed-urls.ts'

const { TSREG_S3_TEST_URL: url = '', TSREG_S3_TEST_NAME: name = '', TSREG_S3_TEST_CAS: cas } = process.env
const traits: BucketTraits = JSON.parse(process.env.TSREG_S3_TEST_TRAITS ?? '{}')

/** Where the server has no compare-and-swap, this process is the one writer, as the registry is. */
async function open(prefix: string): Promise<Bucket> {
  const bucket = await openBucket(url.replace('?', `/${prefix}?`))
  return bucket.capabilities.cas ? bucket : singleWriter(bucket)
}

describe(`probe of ${name}`, () => {
  test('compare-and-swap is found where it is, and only there', async () => {
    const bucket = await open('probe')
    expect(bucket.capabilities.cas).toBe(cas === 'true')
    await bucket.close()
  })
})

describeBucket(`bucket on ${name}`, () => open('contract'), {
  ...traits,
  etagsOfBytes: true,
  noMetadataAtComplete: true,
})
describeSignedUrls(name, () => open('signed'))

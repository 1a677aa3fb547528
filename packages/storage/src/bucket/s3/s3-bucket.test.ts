import { afterAll } from '@jest/globals'
import { describeBucket } from '../../testing/bucket-suite.ts'
import { type S3Double, startS3Double } from '../../testing/s3-double/index.ts'
import { openBucket } from '../open.ts'

let double: S3Double | undefined
afterAll(() => double?.close())

describeBucket(
  'S3 bucket on a server like AWS',
  async () => {
    double = await startS3Double({ behaviour: { minPartBytes: 0, checkSignatures: false } })
    return openBucket(double.storageUrl('a/prefix'), {
      s3: { credentials: double, delayFactor: 0, partBytes: 256 * 1024 },
    })
  },
  { etagsOfBytes: true, noMetadataAtComplete: true },
)

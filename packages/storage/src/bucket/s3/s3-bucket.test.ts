import { afterAll } from '@jest/globals'
import { describeBucket } from '../../testing/bucket-suite.ts'
import { awsBehaviour, cephBehaviour, type S3Double, startS3Double } from '../../testing/s3-double/index.ts'
import { openBucket } from '../open.ts'

const doubles: S3Double[] = []
afterAll(() => Promise.all(doubles.map((double) => double.close())))

for (const [name, behaviour] of [
  ['AWS', awsBehaviour],
  ['Ceph', cephBehaviour],
] as const) {
  describeBucket(
    `S3 bucket on a server like ${name}`,
    async () => {
      const double = await startS3Double({ behaviour: { ...behaviour, minPartBytes: 0 } })
      doubles.push(double)
      return openBucket(double.storageUrl('a/prefix'), {
        s3: { credentials: double, delayFactor: 0, partBytes: 256 * 1024 },
      })
    },
    { etagsOfBytes: true, noMetadataAtComplete: true },
  )
}

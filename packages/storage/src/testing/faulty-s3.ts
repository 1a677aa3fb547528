/**
 * An S3 bucket on a double that fails when it is told to, for tests of what the driver makes of it.
 * @module
 */
import { afterEach, beforeEach } from '@jest/globals'
import { type Bucket, openBucket, type S3RequestEvent } from '../bucket/index.ts'
import { type S3Double, startS3Double } from './s3-double/index.ts'

export interface FaultyS3 {
  readonly double: S3Double
  readonly bucket: Bucket
  /** Everything the bucket asked since it was opened. */
  readonly events: S3RequestEvent[]
  /** The same bucket as another process sees it; closed after the test. */
  replica(): Promise<Bucket>
}

/** Parts have so many bytes. */
export const partBytes = 64 * 1024

/** One for each test, opened before it and closed after it; nothing is waited for between tries. */
export function faultyS3(): () => FaultyS3 {
  let current: FaultyS3 | undefined
  let opened: Bucket[] = []

  beforeEach(async () => {
    const double = await startS3Double({ behaviour: { minPartBytes: 0 } })
    const events: S3RequestEvent[] = []
    const replica = async (onRequest: (event: S3RequestEvent) => void = () => {}): Promise<Bucket> => {
      const options = { credentials: double, delayFactor: 0, partBytes, onRequest }
      const bucket = await openBucket(double.storageUrl('p'), { s3: options })
      opened.push(bucket)
      return bucket
    }
    const bucket = await replica((event) => void events.push(event))
    double.reset()
    events.length = 0
    current = { double, bucket, events, replica: () => replica() }
  })
  afterEach(async () => {
    await Promise.all(opened.map((bucket) => bucket.close()))
    opened = []
    await current?.double.close()
  })

  return () => {
    if (current === undefined) throw new Error('there is a bucket during tests only')
    return current
  }
}

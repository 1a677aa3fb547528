/**
 * What the operations of one S3 bucket share.
 * @module
 */
import type { S3Client } from '@aws-sdk/client-s3'
import type { BucketCapabilities } from '../bucket.ts'
import type { EtagForm } from './etags.ts'
import type { S3Location } from './location.ts'
import type { PartLimits } from './part-size.ts'
import type { Requests } from './requests.ts'

export interface S3Context extends PartLimits {
  readonly client: S3Client
  readonly location: S3Location
  readonly requests: Requests
  /** What the probe found. */
  readonly found: BucketCapabilities & { readonly etagForm: EtagForm }
}

/** The parameters that name an object. */
export function objectOf({ location }: S3Context, key: string): { readonly Bucket: string; readonly Key: string } {
  return { Bucket: location.bucket, Key: location.prefix + key }
}

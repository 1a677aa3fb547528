/** @module The S3 bucket. Imported only where a URL says `s3:`, because the SDK is large. */
export { parseS3Url, type S3Location } from './location.ts'
export type { RequestOutcome, S3RequestEvent } from './requests.ts'
export { type S3BucketOptions, s3Bucket } from './s3-bucket.ts'

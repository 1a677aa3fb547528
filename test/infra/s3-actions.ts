/**
 * Which permissions of AWS the operations of S3 need.
 * @module
 */

/** The IAM actions behind the commands of the SDK. What is missing here is a new row to write, with AWS's page at hand. */
const actions: Readonly<Record<string, readonly string[]>> = {
  GetObject: ['s3:GetObject'],
  HeadObject: ['s3:GetObject'],
  PutObject: ['s3:PutObject'],
  DeleteObject: ['s3:DeleteObject'],
  DeleteObjects: ['s3:DeleteObject'],
  CopyObject: ['s3:GetObject', 's3:PutObject'],
  CreateMultipartUpload: ['s3:PutObject'],
  UploadPart: ['s3:PutObject'],
  UploadPartCopy: ['s3:GetObject', 's3:PutObject'],
  CompleteMultipartUpload: ['s3:PutObject'],
  AbortMultipartUpload: ['s3:AbortMultipartUpload'],
  ListParts: ['s3:ListMultipartUploadParts'],
  ListMultipartUploads: ['s3:ListBucketMultipartUploads'],
  ListObjectsV2: ['s3:ListBucket'],
  // Also what makes a missing object answer 404 in place of 403.
  HeadBucket: ['s3:ListBucket'],
}

/**
 * The actions for every `new ...Command(` of a source text, sorted.
 * @throws Error naming an operation without a row
 */
export function actionsOf(source: string): readonly string[] {
  const operations = [...source.matchAll(/\bnew (\w+)Command\(/g)].map(([, operation = '']) => operation)
  const needed = operations.flatMap((operation) => {
    const found = actions[operation]
    if (found === undefined) throw new Error(`no row for ${operation} in test/infra/s3-actions.ts`)
    return found
  })
  return [...new Set(needed)].toSorted()
}

/**
 * URLs from which anybody may GET one object for a while.
 * @module
 */
import { GetObjectCommand, type S3Client } from '@aws-sdk/client-s3'
import { getSignedUrl } from '@aws-sdk/s3-request-presigner'
import type { SignedUrlOptions } from '../bucket.ts'
import { objectOf, type S3Context } from './context.ts'

/**
 * No request is made. The URL is good for GET only, with any Range; it ends earlier when the credentials it is signed
 * with do.
 * @param client its endpoint is the one in the URL
 */
export async function signedUrl(
  s3: S3Context,
  client: S3Client,
  key: string,
  { expiresSeconds, contentType }: SignedUrlOptions,
): Promise<string> {
  const command = new GetObjectCommand({
    ...objectOf(s3, key),
    ...(contentType === undefined ? {} : { ResponseContentType: contentType }),
  })
  return await getSignedUrl(client, command, { expiresIn: expiresSeconds })
}

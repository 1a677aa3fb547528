import { describe, expect, test } from '@jest/globals'
import type { S3Call } from './call.ts'
import { checkSignature } from './signature.ts'

/** The examples that AWS publishes with Signature Version 4. */
const credentials = {
  accessKeyId: 'AKIAIOSFODNN7EXAMPLE',
  secretAccessKey: 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY',
}
const emptySha256 = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855'
const dateMs = Date.UTC(2013, 4, 24)

function callOf(rawQuery: string, headers: Record<string, string>): S3Call {
  const query = new URLSearchParams(rawQuery)
  const host = 'examplebucket.s3.amazonaws.com'
  return {
    ...{ operation: 'GetObject', method: 'GET', bucket: 'examplebucket', key: 'test.txt', query, rawPath: '/test.txt' },
    headers: { host, ...headers },
  }
}

const headerSigned = (signature: string) =>
  callOf('', {
    range: 'bytes=0-9',
    'x-amz-content-sha256': emptySha256,
    'x-amz-date': '20130524T000000Z',
    authorization: `AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request, SignedHeaders=host;range;x-amz-content-sha256;x-amz-date, Signature=${signature}`,
  })

const presigned = (signature: string) =>
  callOf(
    `X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKIAIOSFODNN7EXAMPLE%2F20130524%2Fus-east-1%2Fs3%2Faws4_request&X-Amz-Date=20130524T000000Z&X-Amz-Expires=86400&X-Amz-SignedHeaders=host&X-Amz-Signature=${signature}`,
    {},
  )

const headerSignature = 'f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41'
const urlSignature = 'aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404'

describe('signatures', () => {
  test('the published example of a signed header is right, and wrong with one digit changed', () => {
    checkSignature(headerSigned(headerSignature), credentials, dateMs)
    expect(() => checkSignature(headerSigned(headerSignature.replace('f0', 'f1')), credentials, dateMs)).toThrow(
      expect.objectContaining({ code: 'SignatureDoesNotMatch', status: 403 }),
    )
  })

  test('the published example of a presigned URL is right until it expires', () => {
    checkSignature(presigned(urlSignature), credentials, dateMs + 86_399_999)
    expect(() => checkSignature(presigned(urlSignature), credentials, dateMs + 86_400_000)).toThrow('expired')
    expect(() => checkSignature(presigned(urlSignature.replace('ae', 'af')), credentials, dateMs)).toThrow(
      expect.objectContaining({ code: 'SignatureDoesNotMatch' }),
    )
  })

  test('no signature and another key are refused', () => {
    expect(() => checkSignature(callOf('', {}), credentials, dateMs)).toThrow('not signed')
    const other = { ...credentials, accessKeyId: 'other' }
    expect(() => checkSignature(presigned(urlSignature), other, dateMs)).toThrow(
      expect.objectContaining({ code: 'InvalidAccessKeyId' }),
    )
  })
})

import { expect, test } from '@jest/globals'
import { bucketError, codeOf, failureOf, statusOf } from './failures.ts'

const answer = (httpStatusCode: number, name: string) =>
  Object.assign(new Error('AKIA and other secrets'), { name, $metadata: { httpStatusCode } })
const network = (code: string) => Object.assign(new Error(`connect ${code}`), { code })

const cases = [
  [answer(404, 'NoSuchKey'), 'absent', 'UNAVAILABLE'],
  [answer(404, 'NotFound'), 'absent', 'UNAVAILABLE'],
  [answer(404, 'NoSuchBucket'), 'refused', 'UNAVAILABLE'],
  [answer(412, 'PreconditionFailed'), 'condition', 'UNAVAILABLE'],
  [answer(409, 'ConditionalRequestConflict'), 'conflict', 'UNAVAILABLE'],
  [answer(400, 'XAmzContentSHA256Mismatch'), 'conflict', 'UNAVAILABLE'],
  [answer(503, 'SlowDown'), 'throttled', 'UNAVAILABLE'],
  [answer(429, 'Unknown'), 'throttled', 'UNAVAILABLE'],
  [answer(503, 'ServiceUnavailable'), 'unknown', 'UNAVAILABLE'],
  [answer(500, 'UnknownError'), 'unknown', 'UNAVAILABLE'],
  [answer(400, 'RequestTimeout'), 'unknown', 'UNAVAILABLE'],
  [answer(408, 'RequestTimeout'), 'unknown', 'UNAVAILABLE'],
  [answer(501, 'NotImplemented'), 'refused', 'UNSUPPORTED'],
  [answer(507, 'InsufficientStorage'), 'refused', 'STORAGE_FULL'],
  [answer(403, 'QuotaExceeded'), 'refused', 'STORAGE_FULL'],
  [answer(403, 'AccessDenied'), 'refused', 'UNAVAILABLE'],
  [answer(403, 'Unknown'), 'refused', 'UNAVAILABLE'],
  [answer(400, 'InvalidArgument'), 'refused', 'UNKNOWN'],
  // Bodies cut off in the middle.
  [answer(404, 'Error'), 'unknown', 'UNAVAILABLE'],
  [answer(200, 'SyntaxError'), 'unknown', 'UNAVAILABLE'],
  [network('ECONNREFUSED'), 'unknown', 'UNAVAILABLE'],
  [network('EPIPE'), 'unknown', 'UNAVAILABLE'],
  [new Error('AWS SDK error wrapper for Error: read ECONNRESET'), 'unknown', 'UNAVAILABLE'],
  [Object.assign(new Error('none'), { name: 'CredentialsProviderError' }), 'refused', 'UNAVAILABLE'],
  [new TypeError('a bug'), 'refused', 'UNAVAILABLE'],
] as const

test.each(cases.map(([error, failure, code]) => [codeOf(error), statusOf(error), failure, code, error] as const))(
  '%s (%s) is %s and %s',
  (_, __, failure, code, error) => {
    expect(failureOf(error)).toBe(failure)
    const told = bucketError(error, { bucket: 'b', operation: 'PutObject', key: 'k' })
    expect(told.code).toBe(code)
    expect(told.message).toContain('k: PutObject in bucket b failed with ')
    expect(`${told.message} ${told.stack} ${told.cause} ${JSON.stringify(told)}`).not.toContain('AKIA')
  },
)

test.each([
  [network('ECONNREFUSED'), 'is the server running'],
  [network('ENOTFOUND'), 'is endpoint= right'],
  [new Error('Region is missing'), 'set region= or AWS_REGION'],
  [answer(403, 'SignatureDoesNotMatch'), 'our secret key is not the right one'],
  [answer(403, 'Unknown'), 'does not allow this'],
  [network('EPIPE'), 'try again later'],
])('what to do is told with it: %s', (error, advice) => {
  expect(bucketError(error, { bucket: 'b', operation: 'HeadBucket', key: '' }).message).toContain(advice)
})

/**
 * What went wrong with a request to S3: the kinds that call for different answers, and the error that leaves the bucket.
 * No text of the server gets into an error: it may repeat what was sent to it.
 * @module
 */
import { type ErrorCode, OciError } from '@tsreg/oci'

/**
 * `absent`: no such object or upload. `condition`: If-Match or If-None-Match did not hold. `conflict`: this one did
 * nothing, because another write of the key was under way or its body did not arrive as it was. `throttled`: too many
 * requests, this one did nothing. `unknown`: it may have happened or not. `refused`: asking again would change nothing.
 */
export type Failure = 'absent' | 'condition' | 'conflict' | 'throttled' | 'unknown' | 'refused'

/** What the SDK throws, as far as it is looked at. */
interface SdkError {
  readonly name?: string
  /** Of Node, for failures of the network. */
  readonly code?: string
  readonly $metadata?: { readonly httpStatusCode?: number }
}

const throttled =
  /^(SlowDown|SlowDownRead|SlowDownWrite|TooManyRequests|TooManyRequestsException|Throttling|ThrottlingException|RequestLimitExceeded|BandwidthLimitExceeded)$/
const absent = /^(NoSuchKey|NotFound|NoSuchUpload|NoSuchVersion)$/
/** The body did not come through as it was signed, or the clocks differ, which the SDK has learned from this answer. */
const notArrived = /^(XAmzContentSHA256Mismatch|BadDigest|IncompleteBody|RequestTimeTooSkewed)$/
/** What the SDK calls an error whose body it could not make sense of. */
const unreadable = /^(Error|SyntaxError|Unknown|UnknownError)$/
const full = /^(QuotaExceeded|InsufficientStorage|XMinioStorageFull)$/

/** The code in S3's answer: `NoSuchKey`, `SlowDown`; the code of Node where no answer came. */
export function codeOf(error: unknown): string {
  const { name, code } = error as SdkError
  return statusOf(error) === undefined ? (code ?? systemCodeIn(error) ?? name ?? 'Error') : (name ?? code ?? 'Error')
}

/** HTTP status of the answer; undefined when none came. */
export function statusOf(error: unknown): number | undefined {
  return (error as SdkError).$metadata?.httpStatusCode
}

export function failureOf(error: unknown): Failure {
  const code = codeOf(error)
  const status = statusOf(error)
  if (throttled.test(code) || status === 429) return 'throttled'
  if (absent.test(code)) return 'absent'
  if (code === 'PreconditionFailed' || status === 412) return 'condition'
  if (code === 'ConditionalRequestConflict' || code === 'OperationAborted') return 'conflict'
  if (notArrived.test(code)) return 'conflict'
  if (full.test(code) || status === 507) return 'refused'
  // AWS says so of a body that did not come, Ceph of a disk that did not answer in time.
  if (code === 'RequestTimeout' || status === 408) return 'unknown'
  if (status === undefined) return isNetworkError(error) ? 'unknown' : 'refused'
  // An answer that could not be read, as a body cut off in the middle of its XML: it may have said anything.
  if (status < 300 || (unreadable.test(code) && status !== 403) || (status >= 500 && status !== 501)) return 'unknown'
  if (status === 404 && code !== 'NoSuchBucket') return 'absent'
  return 'refused'
}

// Everything that has no answer is the network's doing, but for what the SDK refuses before it asks.
function isNetworkError(error: unknown): boolean {
  const { name = '', code } = error as SdkError
  if (/Credentials|^TypeError$|^RangeError$/.test(name)) return false
  return code !== undefined || name === 'TimeoutError' || systemCodeIn(error) !== undefined || /socket/.test(`${error}`)
}

/** The SDK wraps an error of another realm, and only its text is left. */
function systemCodeIn(error: unknown): string | undefined {
  return /\bE[A-Z]{3,}\b/.exec(`${error}`)?.[0]
}

const advice: Readonly<Record<string, string>> = {
  AccessDenied: 'its policy does not allow this to our credentials',
  AuthorizationHeaderMalformed: 'it lies in another region; set region=',
  CredentialsProviderError:
    'no credentials were found; set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, a profile, or a role',
  ECONNREFUSED: 'nothing listens at its endpoint; is the server running, and is endpoint= right?',
  ENOTFOUND: 'the host of its endpoint has no address; is endpoint= right?',
  ExpiredToken: 'our credentials have expired',
  InvalidAccessKeyId: 'it does not know our access key',
  NoSuchBucket: 'it does not exist; create it first',
  PermanentRedirect: 'it lies in another region; set region=',
  RequestTimeTooSkewed: 'the clock of this machine is wrong',
  SignatureDoesNotMatch: 'our secret key is not the right one',
}

/** What names the request in messages. */
export interface FailedRequest {
  readonly bucket: string
  readonly operation: string
  /** Without the prefix; empty where it concerns the whole bucket. */
  readonly key: string
}

/**
 * UNAVAILABLE for what may pass or is a matter of the bucket's set-up, STORAGE_FULL, UNSUPPORTED where the server lacks
 * the operation, UNKNOWN for the rest.
 */
export function bucketError(error: unknown, { bucket, operation, key }: FailedRequest): OciError {
  const code = codeOf(error)
  const status = statusOf(error)
  const answer = status === undefined ? code : `${code} (HTTP ${status})`
  const hint = adviceFor(error) ?? retryHint(error)
  const object = key === '' ? '' : `${key}: `
  const message = `${object}${operation} in bucket ${bucket} failed with ${answer}${hint === '' ? '' : `: ${hint}`}`
  const detail = {
    bucket,
    operation,
    code,
    ...(key === '' ? {} : { key }),
    ...(status === undefined ? {} : { status }),
  }
  return new OciError(ociCode(error), message, { detail, cause: new Error(answer) })
}

function adviceFor(error: unknown): string | undefined {
  // The SDK has no name for it.
  if (/^Error: Region is missing/.test(`${error}`)) return 'no region is known; set region= or AWS_REGION'
  return advice[codeOf(error)] ?? (statusOf(error) === 403 ? advice.AccessDenied : undefined)
}

function retryHint(error: unknown): string {
  return failureOf(error) === 'unknown' ? 'try again later' : ''
}

function ociCode(error: unknown): ErrorCode {
  const code = codeOf(error)
  const status = statusOf(error)
  if (full.test(code) || status === 507) return 'STORAGE_FULL'
  if (status === 501) return 'UNSUPPORTED'
  if (failureOf(error) !== 'refused' || advice[code] !== undefined || status === 401 || status === 403) {
    return 'UNAVAILABLE'
  }
  return status === undefined ? 'UNAVAILABLE' : 'UNKNOWN'
}

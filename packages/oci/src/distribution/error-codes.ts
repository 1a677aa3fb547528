/**
 * The error codes of distribution-spec (main, "Error Codes"), of the Docker era, and our own: one row each with the
 * message and the HTTP status. Storage throws the codes and knows no HTTP; one middleware of the registry adds the
 * status, and the client parses the same table back.
 * @module
 */

export interface ErrorCodeRow {
  readonly message: string
  /** HTTP status of a response whose first error has this code. */
  readonly status: number
}

export const errorCodes = {
  BLOB_UNKNOWN: { message: 'blob unknown to registry', status: 404 },
  BLOB_UPLOAD_INVALID: { message: 'blob upload invalid', status: 400 },
  BLOB_UPLOAD_UNKNOWN: { message: 'blob upload unknown to registry', status: 404 },
  DENIED: { message: 'requested access to the resource is denied', status: 403 },
  DIGEST_INVALID: { message: 'provided digest did not match uploaded content', status: 400 },
  MANIFEST_BLOB_UNKNOWN: { message: 'manifest references a manifest or blob unknown to registry', status: 404 },
  MANIFEST_INVALID: { message: 'manifest invalid', status: 400 },
  MANIFEST_UNKNOWN: { message: 'manifest unknown to registry', status: 404 },
  NAME_INVALID: { message: 'invalid repository name', status: 400 },
  NAME_UNKNOWN: { message: 'repository name not known to registry', status: 404 },
  SIZE_INVALID: { message: 'provided length did not match content length', status: 400 },
  TOOMANYREQUESTS: { message: 'too many requests', status: 429 },
  UNAUTHORIZED: { message: 'authentication required', status: 401 },
  UNSUPPORTED: { message: 'the operation is unsupported', status: 405 },
  // Docker era
  PAGINATION_NUMBER_INVALID: { message: 'invalid number of results requested', status: 400 },
  RANGE_INVALID: { message: 'range does not match the upload or the content', status: 416 },
  TAG_INVALID: { message: 'invalid tag', status: 400 },
  UNAVAILABLE: { message: 'service unavailable', status: 503 },
  UNKNOWN: { message: 'unknown error', status: 500 },
  // ours
  ABORTED: { message: 'the client closed the request', status: 499 },
  CONTENT_CORRUPT: { message: 'stored content does not match its checksum', status: 500 },
  MANIFEST_TOO_LARGE: { message: 'manifest larger than the limit', status: 413 },
  PRECONDITION_FAILED: { message: 'a condition of the request did not hold', status: 412 },
  REFERENCED: { message: 'a live manifest refers to this content', status: 405 },
  STORAGE_FULL: { message: 'no space left in the storage', status: 507 },
} as const satisfies Record<string, ErrorCodeRow>

export type ErrorCode = keyof typeof errorCodes

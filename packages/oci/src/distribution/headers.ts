/**
 * Names of the headers that the protocol uses, in the lower case in which Node gives them.
 * @module
 */

export const headers = {
  accept: 'accept',
  authorization: 'authorization',
  contentLength: 'content-length',
  contentRange: 'content-range',
  contentType: 'content-type',
  etag: 'etag',
  ifMatch: 'if-match',
  ifNoneMatch: 'if-none-match',
  link: 'link',
  location: 'location',
  range: 'range',
  retryAfter: 'retry-after',
  warning: 'warning',
  wwwAuthenticate: 'www-authenticate',
  /** `registry/2.0`, which clients of the Docker era look for. */
  distributionApiVersion: 'docker-distribution-api-version',
  contentDigest: 'docker-content-digest',
  uploadUuid: 'docker-upload-uuid',
  /** Smallest chunk that the registry wants, in bytes; the last one may be smaller. */
  chunkMinLength: 'oci-chunk-min-length',
  filtersApplied: 'oci-filters-applied',
  /** Digest of the subject of a pushed manifest: the registry lists it as a referrer. */
  subject: 'oci-subject',
  /** Tags that a push by digest has set. */
  tag: 'oci-tag',
  namespace: 'oci-namespace',
} as const

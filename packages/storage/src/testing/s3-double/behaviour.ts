/**
 * What S3 servers differ in, as switches of the double, and the servers we know as sets of them.
 * @module
 */

/**
 * What becomes of a condition on a write: `atomic` holds under races; `racy` is checked and then written without a lock,
 * so that racers may all win; `ignored` is accepted and not looked at; `refused` is 501 NotImplemented.
 */
export type ConditionSupport = 'atomic' | 'racy' | 'ignored' | 'refused'

export interface S3Behaviour {
  /** `If-None-Match: *` and `If-Match` of PutObject. */
  readonly conditionalPut: ConditionSupport
  /** The same of CompleteMultipartUpload. */
  readonly conditionalComplete: ConditionSupport
  /** `If-Match` of DeleteObject. */
  readonly conditionalDelete: ConditionSupport
  /** The form in which `If-Match` names an ETag; in another form the condition never holds. */
  readonly ifMatchForm: 'any' | 'quoted' | 'unquoted'
  /** The answer to `If-Match` on a key without an object. */
  readonly ifMatchAbsentStatus: 404 | 412
  /** Whether replies put quotes around ETags. */
  readonly quotedETags: boolean
  /** Whether CompleteMultipartUpload tells the ETag of the object it made. */
  readonly completeTellsETag: boolean
  /** Whether the same completion, sent again, succeeds again; else it is NoSuchUpload. */
  readonly completeTwice: boolean
  /** Bytes that every part but the last must have; fewer are EntityTooSmall at the completion. */
  readonly minPartBytes: number
  /** Whether requests must carry a right signature (AWS Signature Version 4), in headers or in the URL. */
  readonly checkSignatures: boolean
}

/** AWS itself, and what the double does unless it is told otherwise. */
export const awsBehaviour: S3Behaviour = {
  conditionalPut: 'atomic',
  conditionalComplete: 'atomic',
  conditionalDelete: 'atomic',
  ifMatchForm: 'any',
  ifMatchAbsentStatus: 404,
  quotedETags: true,
  completeTellsETag: true,
  completeTwice: true,
  minPartBytes: 5 * 1024 * 1024,
  checkSignatures: true,
}

/** Ceph RGW 16: compare-and-swap by unquoted ETags, no other conditions, and no word of it. */
export const cephBehaviour: S3Behaviour = {
  ...awsBehaviour,
  conditionalComplete: 'ignored',
  conditionalDelete: 'ignored',
  ifMatchForm: 'unquoted',
  ifMatchAbsentStatus: 412,
  completeTellsETag: false,
}

/** OpenStack Swift: no conditional write at all, and it says so. */
export const swiftBehaviour: S3Behaviour = {
  ...awsBehaviour,
  conditionalPut: 'refused',
  conditionalComplete: 'ignored',
  ifMatchAbsentStatus: 412,
}

/** A server that takes every condition and keeps none. */
export const carelessBehaviour: S3Behaviour = {
  ...awsBehaviour,
  conditionalPut: 'ignored',
  conditionalComplete: 'ignored',
  conditionalDelete: 'ignored',
}

/** A server whose conditions hold for one client at a time: only racers find it out. */
export const lyingBehaviour: S3Behaviour = {
  ...awsBehaviour,
  conditionalPut: 'racy',
  conditionalComplete: 'racy',
  conditionalDelete: 'racy',
}

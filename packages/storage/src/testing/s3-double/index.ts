/** @module An S3 server in the process, for tests. */
export * from './behaviour.ts'
export type { S3Operation } from './call.ts'
export * from './faults.ts'
export type { S3Request } from './request-log.ts'
export * from './s3-double.ts'
export type { StoredObject, StoredUpload } from './store.ts'

/** @module The storage of the registry: one bucket, the protocol on it, repositories above. */

export * from './bucket/bucket.ts'
export * from './repository.ts'

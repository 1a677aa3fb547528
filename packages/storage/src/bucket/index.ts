/** @module Buckets: the interface and its drivers. */
export * from './bucket.ts'
export { type MemoryBucketOptions, memoryBucket } from './memory.ts'

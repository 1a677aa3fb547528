/** @module Buckets: the interface and its drivers. */
export * from './bucket.ts'

/** @module Buckets: the interface and its drivers. */
export * from './bucket.ts'
export { maxCellBytes } from './check-arguments.ts'
export { type BufferPool, bufferPool } from './directory/buffer-pool.ts'
export {
  type DirectoryBucket,
  type DirectoryBucketOptions,
  directoryBucket,
  isDirectoryBucket,
  isSynchronousReader,
  type SynchronousReader,
} from './directory/directory.ts'
export { type LoadedCell, loadCells } from './directory/load-cells.ts'
export { type DirectSource, isDirectSource } from './directory/object-stream.ts'
export type { DirectoryStatistics } from './directory/statistics.ts'
export { type MemoryBucketOptions, memoryBucket } from './memory.ts'
export { type OpenBucketOptions, openBucket } from './open.ts'
export type { RequestOutcome, S3BucketOptions, S3RequestEvent } from './s3/index.ts'

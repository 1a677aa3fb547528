/** @module Unpacked layers and the writable ones above them. */
export { type OpenSnapshotterOptions, openSnapshotter } from './open.ts'
export { pruneUnused } from './prune-unused.ts'
export type * from './snapshotter.ts'

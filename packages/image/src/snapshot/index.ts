/** @module Unpacked layers and the writable ones above them. */
export type * from './snapshotter.ts'

/** @module Layers: tar archives and their compression. */
export * from './apply/index.ts'
export { type Compression, decompress, detectCompression } from './compression.ts'
export { gzip } from './gzip.ts'
export * from './tar/index.ts'
export * from './write/index.ts'

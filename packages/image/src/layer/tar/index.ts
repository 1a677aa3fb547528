/** @module Tar archives: ustar, PAX and the long names of GNU tar. */
export * from './decoder.ts'
export * from './encode.ts'
export * from './entry.ts'
export { decodeHeader, isZeroBlock, type TarHeader } from './header.ts'
export * from './parser.ts'
export { decodePax } from './pax.ts'
export * from './read.ts'
export { checkSparse } from './sparse.ts'

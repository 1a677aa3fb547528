/** @module The Dockerfile: from bytes to typed instructions in stages. Reads no file. */
export type * from './ast.ts'
export type * from './build-file.ts'
export { expandWord, expandWords } from './expansion/expand.ts'
export type { Environment, ExpandOptions } from './expansion/options.ts'
export type * from './instruction.ts'
export { type ParseDockerfileOptions, parseDockerfile } from './parse-dockerfile.ts'

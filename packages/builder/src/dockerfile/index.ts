/** @module The Dockerfile: from bytes to typed instructions in stages. Reads no file. */
export type * from './ast.ts'
export type * from './build-file.ts'
export type * from './instruction.ts'

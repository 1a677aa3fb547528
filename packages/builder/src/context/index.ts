/** @module Where COPY and ADD take files from. */
export type * from './chosen-source.ts'
export type * from './source-tree.ts'

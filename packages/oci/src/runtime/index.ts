/** @module What runtime-spec defines. */
export type * from './config.ts'

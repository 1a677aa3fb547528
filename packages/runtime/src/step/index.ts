/** @module Commands of build steps. */
export type * from './step.ts'

/** @module Commands of build steps. */
export { runStep } from './run-step.ts'
export type * from './step.ts'

/** @module Garbage collection: beside pushes, from any replica, several at once. */
export { collectGarbage } from './collect.ts'
export { explainGarbage } from './explain.ts'
export type * from './report.ts'

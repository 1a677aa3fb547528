/** @module Retention: which tags a policy keeps, which it gives up, and why. */
export { decideRetention, dropsOf } from './decide.ts'
export * from './policy.ts'

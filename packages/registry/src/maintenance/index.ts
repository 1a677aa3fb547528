/** @module Maintenance of a store: garbage collection, retention and fsck, by the command or by the running registry. */
export { parseDuration } from './duration.ts'
export { type MaintainOptions, maintain } from './maintain.ts'
export { parsePolicy, readPolicyFile } from './policy-file.ts'
export * from './request.ts'

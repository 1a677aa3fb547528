/** @module The storage of the registry: one bucket, the protocol on it, repositories above. */

export * from './bucket/bucket.ts'
export type { StorageOptions } from './context.ts'
export type * from './fsck/report.ts'
export type * from './garbage-collect/report.ts'
export { type JanitorOptions, startJanitor } from './janitor.ts'
export { layoutVersion } from './layout.ts'
export * from './repository.ts'
export type * from './retention/policy.ts'
export { type Rounds, startRounds } from './rounds.ts'
export { openStorage } from './storage.ts'

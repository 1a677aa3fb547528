/** @module What says that a container or step is being worked on. */
export * from './claim.ts'

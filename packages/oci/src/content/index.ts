/** @module Content ports and what is built on them. */
export * from './store.ts'

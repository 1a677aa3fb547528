/** @module fsck: reports what does not belong together, and mends what is safe to mend. */
export { fsck } from './fsck.ts'
export * from './report.ts'

/** @module The distribution specification as code. */
export * from './error-codes.ts'

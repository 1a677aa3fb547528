/** @module Images from a Dockerfile, step by step, without a daemon. */
export { type BuilderErrorCode, builderErrorCodes } from './error-codes.ts'
export * from './errors.ts'

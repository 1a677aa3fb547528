/** @module The OCI specifications as code: no dependency, opens no file or socket. */
export * from './descriptor.ts'
export * from './digest.ts'
export { type ErrorCode, errorCodes } from './distribution/error-codes.ts'
export * from './errors.ts'
export * from './platform.ts'

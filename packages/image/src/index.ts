/** @module Local images: the OCI layout store, the list of images, archives. */

export * from './archive/index.ts'
export { type ImageErrorCode, type ImageErrorRow, imageErrorCodes } from './error-codes.ts'
export * from './errors.ts'
export * from './images/index.ts'
export * from './layout/index.ts'

/** @module Images from a Dockerfile, step by step, without a daemon. */
export { type BuildOptions, build } from './build.ts'
export type { BuiltImage } from './built-image.ts'
export { type BuildCache, openBuildCache } from './cache/build-cache.ts'
export { type BuilderErrorCode, builderErrorCodes } from './error-codes.ts'
export * from './errors.ts'
export type { BuildEvent } from './progress/events.ts'
export type { BuildSurroundings, FindImageOptions } from './session.ts'

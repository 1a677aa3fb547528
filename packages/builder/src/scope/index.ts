/** @module What variables mean at a line of a Dockerfile. */
export * from './build-args.ts'
export * from './environment.ts'
export { platformArgs } from './platform-args.ts'

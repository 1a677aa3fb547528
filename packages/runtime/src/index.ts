/** @module Containers without a daemon. */
export type { ContainerMount } from './bundle/mounts.ts'
export * from './bundle/network.ts'
export * from './claims/index.ts'
export * from './containers/index.ts'
export { type RuntimeErrorCode, type RuntimeErrorRow, runtimeErrorCodes } from './error-codes.ts'
export * from './errors.ts'
export * from './logs/index.ts'
export * from './step/index.ts'

/** @module The registry server: the OCI distribution API on express. */
export * from './access/index.ts'
export * from './config/index.ts'
export { type RunningRegistry, type StartOptions, startRegistry } from './main.ts'

/** @module Who may do what in the registry. */
export * from './controller.ts'
export { type HtpasswdOptions, htpasswdAccess } from './htpasswd.ts'

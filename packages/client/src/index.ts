/** @module A client for OCI registries: content targets over HTTP, credentials, and a transport that does not give up. */
export * from './credentials/index.ts'
export { type ClientErrorCode, type ClientErrorRow, clientErrorCodes } from './error-codes.ts'
export { ClientError, type ClientErrorOptions, isClientError } from './errors.ts'
export type { IdMatch } from './ids.ts'
export type { FetchedManifest, FetchManifestOptions, PushedManifest, PushManifestOptions } from './manifests.ts'
export type { Notice, Notify } from './notices.ts'
export type { ReferrersOptions } from './referrers.ts'
export { openRegistry, type RegistryInfo, type RegistryOptions, type RemoteRegistry } from './registry.ts'
export { RemoteRepository } from './repository.ts'
export type { DeletedRepository } from './repository-delete.ts'
export type { TagsOptions } from './tags.ts'
export {
  defaultLimits,
  defaultRetryPolicy,
  isLoopback,
  type Limits,
  type RetryPolicy,
  redactText,
  redactUrl,
  type TlsOptions,
} from './transport/index.ts'
export { defaultUserAgent, version } from './version.ts'

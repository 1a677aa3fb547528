/** @module How requests travel: layers around one another, each a function from Dispatch to Dispatch. */
export * from './dispatch.ts'
export { defaultLimits, type Limits } from './limits.ts'
export { isLoopback, registryUrl } from './origin.ts'
export { redactText, redactUrl } from './redact.ts'
export { responseError } from './response-error.ts'
export { defaultRetryPolicy, type RetryPolicy } from './retry.ts'
export type { TlsOptions } from './send.ts'
export { createTransport, type Transport, type TransportOptions } from './transport.ts'

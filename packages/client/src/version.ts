/**
 * What the client calls itself on the wire.
 * @module
 */

/** Equals the version of the package; a test compares the two. */
export const version = '0.1.0'

/** `User-Agent` of every request, unless the options name another. */
export const defaultUserAgent = `tsreg/${version}`

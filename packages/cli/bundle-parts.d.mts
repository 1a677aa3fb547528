/**
 * What tests see of the parts of the bundle.
 * @module
 */

/** Packages, and absolute paths of files. */
export const localModules: readonly string[]

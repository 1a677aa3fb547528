/**
 * The version of the command; a test keeps it equal to package.json, which the bundle cannot read.
 * @module
 */
export const productVersion = '0.1.0'

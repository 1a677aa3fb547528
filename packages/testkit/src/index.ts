/** @module See the package's README. */
export {}

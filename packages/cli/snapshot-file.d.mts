/**
 * What tests see of reading the file of a start-up snapshot.
 * @module
 */

export function withoutCodeCache(file: Buffer, names: readonly string[]): Buffer | undefined

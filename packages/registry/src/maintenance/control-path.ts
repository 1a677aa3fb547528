/**
 * Where the socket of a running registry is: in the directory of its store, which one process owns.
 * @module
 */
import { closeSync, openSync } from 'node:fs'
import { join } from 'node:path'

export const controlName = 'control.sock'

/** The kernel's limit is 108 bytes with the closing zero, on other systems 104. */
const maxPathBytes = 100

export interface ControlPath extends Disposable {
  /** For bind and connect. */
  readonly path: string
}

/** A path that fits into the address of a socket, however long that of the directory is. Valid until it is disposed of. */
export function controlPath(directory: string): ControlPath {
  const path = join(directory, controlName)
  if (Buffer.byteLength(path) <= maxPathBytes || process.platform !== 'linux') return { path, [Symbol.dispose]() {} }
  const descriptor = openSync(directory, 'r')
  return { path: `/proc/self/fd/${descriptor}/${controlName}`, [Symbol.dispose]: () => closeSync(descriptor) }
}

/**
 * dup(2): a second descriptor of an open socket, which can be read and closed apart from the first.
 * @module
 */

/** @returns the new descriptor, or -1 */
export type DuplicateDescriptor = (descriptor: number) => number

let loaded: { readonly duplicate: DuplicateDescriptor | undefined } | undefined

/** Undefined where there is none: Node has no call for it, and cannot call functions of the system everywhere. */
export function duplicateDescriptor(): DuplicateDescriptor | undefined {
  loaded ??= { duplicate: load() }
  return loaded.duplicate
}

function load(): DuplicateDescriptor | undefined {
  if (process.platform === 'win32') return undefined
  try {
    const ffi = process.getBuiltinModule('node:ffi')
    const { functions } = ffi.dlopen(null, { dup: { arguments: ['i32'], return: 'i32' } })
    return (descriptor) => Number(functions.dup(descriptor))
  } catch {
    return undefined
  }
}

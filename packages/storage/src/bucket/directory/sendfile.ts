/**
 * sendfile(2): the kernel moves bytes of a file to a socket without a copy through this process. Node has no call for
 * it; without it, blobs are read and written as everywhere else.
 * @module
 */

/**
 * Moves up to `length` bytes from `position` of one descriptor to another, and returns how many. 0 when none could be
 * moved now, for whatever reason: the ordinary way of sending tells an error from a full socket.
 */
export type SendFile = (target: number, source: number, position: number, length: number) => number

let loaded: { readonly send: SendFile | undefined } | undefined

/** Undefined where there is none: Linux has it, and a Node that can call functions of the system. */
export function sendFile(): SendFile | undefined {
  loaded ??= { send: load() }
  return loaded.send
}

function load(): SendFile | undefined {
  // Elsewhere the function of this name takes other arguments.
  if (process.platform !== 'linux') return undefined
  try {
    const ffi = process.getBuiltinModule('node:ffi')
    const { functions } = ffi.dlopen(null, {
      sendfile: { arguments: ['i32', 'i32', 'pointer', 'u64'], return: 'i64' },
    })
    // The kernel reads the position from memory, which must stay where it is.
    const offset = Buffer.allocUnsafeSlow(8)
    const pointer = ffi.getRawPointer(offset)
    return (target, source, position, length) => {
      offset.writeBigInt64LE(BigInt(position))
      return Math.max(0, Number(functions.sendfile(target, source, pointer, BigInt(length))))
    }
  } catch {
    return undefined
  }
}

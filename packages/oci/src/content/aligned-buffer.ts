/**
 * Memory that begins at a page, as writes past the page cache want it.
 * @module
 */

/** Address, length and place in the file of a direct write are multiples of this; more than most disks ask for. */
export const pageBytes = 4096

/** Where a buffer lies in memory; undefined where Node cannot tell. */
type AddressOf = (bytes: Uint8Array) => bigint

let loaded: { readonly addressOf: AddressOf | undefined } | undefined

function addressOf(): AddressOf | undefined {
  loaded ??= { addressOf: load() }
  return loaded.addressOf
}

function load(): AddressOf | undefined {
  try {
    const ffi = process.getBuiltinModule('node:ffi')
    return (bytes) => ffi.getRawPointer(bytes)
  } catch {
    return undefined
  }
}

/** A new buffer with arbitrary content, page by page where Node can tell addresses, anywhere else otherwise. */
export function alignedBuffer(size: number): Buffer {
  const address = addressOf()
  if (address === undefined) return Buffer.allocUnsafeSlow(size)
  const memory = Buffer.allocUnsafeSlow(size + pageBytes)
  const beyond = Number(address(memory) % BigInt(pageBytes))
  const start = beyond === 0 ? 0 : pageBytes - beyond
  return memory.subarray(start, start + size)
}

/** True when the bytes begin at a page and fill whole ones. */
export function isAligned(bytes: Uint8Array): boolean {
  if (bytes.byteLength % pageBytes !== 0) return false
  const address = addressOf()
  return address !== undefined && address(bytes) % BigInt(pageBytes) === 0n
}

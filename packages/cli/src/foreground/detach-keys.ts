/**
 * The keys that leave a container running: Ctrl-P Ctrl-Q.
 * @module
 */

const [first, second] = [0x10, 0x11]

export interface DetachKeys {
  /**
   * What of the typed bytes is for the container. A Ctrl-P at their end is held back until it is known what follows it.
   */
  feed(bytes: Uint8Array): { readonly send: Uint8Array; readonly leaves: boolean }
}

export function detachKeys(): DetachKeys {
  let held = false
  return {
    feed(typed) {
      const bytes = held ? Buffer.concat([Buffer.of(first), typed]) : Buffer.from(typed)
      held = false
      for (let at = bytes.indexOf(first); at >= 0; at = bytes.indexOf(first, at + 1)) {
        if (bytes[at + 1] === second) return { send: bytes.subarray(0, at), leaves: true }
        if (at === bytes.length - 1) {
          held = true
          return { send: bytes.subarray(0, at), leaves: false }
        }
      }
      return { send: bytes, leaves: false }
    },
  }
}

/**
 * Seeded randomness: the same seed makes the same decisions and the same bytes on every machine.
 * @module
 */

import { createCipheriv, createHash } from 'node:crypto'

export interface Random {
  /** A float from 0 up to, not including, 1. */
  fraction(): number
  /** An integer from `low` to `high`, both included. */
  integer(low: number, high: number): number
  /** True in `probability` of the cases. */
  chance(probability: number): boolean
  pick<T>(items: readonly T[]): T
  /** Incompressible bytes. */
  bytes(size: number): Buffer
}

/** A generator for one purpose: equal `seed` and `label` give equal sequences, other labels independent ones. */
export function createRandom(seed: number, label: string): Random {
  const key = createHash('sha256').update(`${seed} ${label}`).digest()
  let state = key.readUInt32LE(16)
  let drawn = 0
  const fraction = () => {
    // mulberry32
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
  const integer = (low: number, high: number) => low + Math.floor(fraction() * (high - low + 1))
  return {
    fraction,
    integer,
    chance: (probability) => fraction() < probability,
    pick(items) {
      const item = items[integer(0, items.length - 1)]
      if (item === undefined) throw new RangeError('pick needs at least one item')
      return item
    },
    bytes(size) {
      const nonce = Buffer.alloc(16)
      nonce.writeUInt32LE(drawn++, 0)
      return createCipheriv('aes-128-ctr', key.subarray(0, 16), nonce).update(Buffer.alloc(size))
    },
  }
}

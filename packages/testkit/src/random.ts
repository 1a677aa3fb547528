/**
 * Random numbers that a seed repeats.
 * @module
 */

/** A source of random numbers; the same seed gives the same ones, on every machine. */
export interface Random {
  /** What to print, so that a failure can be repeated. */
  readonly seed: number
  /** From 0 inclusive to 1 exclusive. */
  next(): number
  /** A whole number, both bounds inclusive. */
  integer(from: number, to: number): number
  /** True with the given probability. */
  chance(probability: number): boolean
  /** @throws RangeError for an empty list */
  pick<T>(items: readonly T[]): T
  /** The items in another order; the list stays as it is. */
  shuffle<T>(items: readonly T[]): T[]
}

/** @param seed a whole number of 32 bits. */
export function seeded(seed: number): Random {
  const next32 = sfc32(seed)
  const next = (): number => next32() / 2 ** 32
  const integer = (from: number, to: number): number => from + Math.floor(next() * (to - from + 1))
  return {
    seed,
    next,
    integer,
    chance: (probability) => next() < probability,
    pick: (items) => {
      if (items.length === 0) throw new RangeError('nothing to pick from')
      return items[integer(0, items.length - 1)] as (typeof items)[number]
    },
    shuffle: (items) =>
      items
        .map((item) => ({ item, key: next() }))
        .sort((a, b) => a.key - b.key)
        .map(({ item }) => item),
  }
}

/** `size` random bytes. For more than a few MiB use `byteStream`. */
export function randomBytes(random: Random, size: number): Uint8Array {
  const bytes = new Uint8Array(size)
  for (let at = 0; at < size; at++) bytes[at] = random.integer(0, 255)
  return bytes
}

/** `length` random lower-case hex digits. */
export function randomHex(random: Random, length: number): string {
  return Array.from({ length }, () => random.integer(0, 15).toString(16)).join('')
}

/** The "small fast counting" generator: 128 bits of state, and a counter that keeps its period long. */
function sfc32(seed: number): () => number {
  let a = seed >>> 0
  let b = 0x9e37_79b9
  let c = 0x243f_6a88
  let counter = 1
  const next = (): number => {
    const result = (a + b + counter) | 0
    counter = (counter + 1) | 0
    a = b ^ (b >>> 9)
    b = (c + (c << 3)) | 0
    c = (((c << 21) | (c >>> 11)) + result) | 0
    return result >>> 0
  }
  // Neighbouring seeds differ in one word only until the state has been mixed.
  for (let round = 0; round < 12; round++) next()
  return next
}

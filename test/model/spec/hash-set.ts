/**
 * A set of 64-bit hashes in typed arrays: 8 bytes for each state that was visited. Two states with one hash would be taken
 * for the same; at the sizes of these searches that is less likely than 1 in 1,000,000.
 * @module
 */

export class HashSet {
  #size = 0
  #bits: number
  #table: Uint32Array

  constructor(bits = 20) {
    this.#bits = bits
    this.#table = new Uint32Array(2 << bits)
  }

  /** False when it was there already. */
  add(text: string): boolean {
    if (this.#size * 2 > 1 << this.#bits) this.#grow()
    const [high, low] = hash(text)
    if (!this.#put(high, low)) return false
    this.#size++
    return true
  }

  #grow(): void {
    const old = this.#table
    this.#bits++
    this.#table = new Uint32Array(2 << this.#bits)
    for (let at = 0; at < old.length; at += 2) {
      const [high = 0, low = 0] = old.subarray(at, at + 2)
      if (high !== 0) this.#put(high, low)
    }
  }

  #put(high: number, low: number): boolean {
    const mask = (1 << this.#bits) - 1
    for (let at = (high ^ Math.imul(low, 0x9e37_79b1)) & mask; ; at = (at + 1) & mask) {
      const found = this.#table[2 * at]
      if (found === 0) {
        this.#table[2 * at] = high
        this.#table[2 * at + 1] = low
        return true
      }
      if (found === high && this.#table[2 * at + 1] === low) return false
    }
  }
}

/** The first half is never 0, which marks a free place. */
function hash(text: string): readonly [number, number] {
  let a = 0xdead_beef
  let b = 0x41c6_ce57
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at)
    a = Math.imul(a ^ code, 2_654_435_761)
    b = Math.imul(b ^ code, 1_597_334_677)
  }
  a = Math.imul(a ^ (a >>> 16), 2_246_822_507) ^ Math.imul(b ^ (b >>> 13), 3_266_489_909)
  b = Math.imul(b ^ (b >>> 16), 2_246_822_507) ^ Math.imul(a ^ (a >>> 13), 3_266_489_909)
  return [a >>> 0 || 1, b >>> 0]
}

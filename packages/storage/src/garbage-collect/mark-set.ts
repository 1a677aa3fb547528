/**
 * A set of marks in 8 bytes each: the first 32 bits of a digest, and the next 32 mixed with what it was marked as. Two
 * that agree in all of these bits would keep a piece of garbage, never lose anything.
 * @module
 */

/** Takes marks. */
export interface MarkSink {
  add(hi: number, lo: number, scope: number): void
}

export interface MarkSet extends MarkSink {
  has(hi: number, lo: number, scope: number): boolean
  /** Marks held. */
  readonly size: number
  /**
   * Marks of digests whose first word is below this are complete; 2^32: all are. It falls by halves when the set is full,
   * and what lies above is forgotten: the marks of another pass.
   */
  readonly limit: number
}

/** One more than the first word of any digest. */
export const allDigests = 2 ** 32

const words = 2
const bytesPerSlot = words * Uint32Array.BYTES_PER_ELEMENT
const fullness = 0.7
const smallest = 1024
/** The place of a slot is counted in 31 bits. */
const most = 2 ** 31

/**
 * @param options.bytes memory the set may take, while it grows as well
 * @param options.from marks of digests whose first word is lower are not taken
 */
export function markSet({ bytes, from = 0 }: { readonly bytes: number; readonly from?: number }): MarkSet {
  // While it grows, the old half is still there.
  const wanted = 2 ** Math.floor(Math.log2(bytes / bytesPerSlot / 1.5))
  const mostSlots = Math.min(most, Math.max(smallest, wanted))
  let slots = new Uint32Array(smallest * words)
  let size = 0
  let limit = allDigests

  /** Where the mark is, or the free slot where it belongs. */
  function find(table: Uint32Array, hi: number, mixed: number): number {
    const mask = table.length / words - 1
    let hash = Math.imul(mixed, 0x9e37_79b1) ^ hi
    hash ^= hash >>> 15
    for (let slot = hash & mask; ; slot = (slot + 1) & mask) {
      const at = slot * words
      const taken = table[at + 1]
      if (taken === 0 || (taken === mixed && table[at] === hi)) return at
    }
  }

  function rebuild(count: number): void {
    const next = new Uint32Array(count * words)
    let kept = 0
    for (let at = 0; at < slots.length; at += words) {
      const [hi = 0, mixed = 0] = [slots[at], slots[at + 1]]
      if (mixed === 0 || hi >= limit) continue
      const place = find(next, hi, mixed)
      next[place] = hi
      next[place + 1] = mixed
      kept++
    }
    slots = next
    size = kept
  }

  function makeRoom(): void {
    const count = slots.length / words
    const mayGrow = count < mostSlots || (limit - from <= 1 && count < most)
    if (!mayGrow) limit = from + Math.ceil((limit - from) / 2)
    rebuild(mayGrow ? count * 2 : count)
  }

  return {
    add(hi, lo, scope) {
      if (hi < from || hi >= limit) return
      const mixed = mix(lo, scope)
      let at = find(slots, hi, mixed)
      if (slots[at + 1] !== 0) return
      while (size >= (slots.length / words) * fullness) {
        makeRoom()
        if (hi >= limit) return
        at = find(slots, hi, mixed)
      }
      slots[at] = hi
      slots[at + 1] = mixed
      size++
    },
    has(hi, lo, scope) {
      return slots[find(slots, hi, mix(lo, scope)) + 1] !== 0
    },
    get size() {
      return size
    },
    get limit() {
      return limit
    },
  }
}

/** Never 0, which is a free slot. */
function mix(lo: number, scope: number): number {
  return (lo ^ Math.imul(scope, 0x85eb_ca6b)) >>> 0 || 1
}

/** Only what is wanted: the marks of candidates, out of those of a whole store. */
export function onlyWanted(wanted: Pick<MarkSet, 'has'>, sink: MarkSink): MarkSink {
  return {
    add(hi, lo, scope) {
      if (wanted.has(hi, lo, scope)) sink.add(hi, lo, scope)
    },
  }
}

/**
 * What a digest is marked as: `blob` in any repository; `link`, `manifest` (a tag or an index names it) and `alive` (a
 * manifest that is there) in one.
 */
export type Scope = 'blob' | 'link' | 'manifest' | 'alive'

/** A number for the scope, never 0. @param encoded the repository's name as in keys; '' for `blob` */
export function scopeOf(scope: Scope, encoded: string): number {
  let hash = 0x811c_9dc5
  const text = `${scope}/${encoded}`
  for (let at = 0; at < text.length; at++) hash = Math.imul(hash ^ text.charCodeAt(at), 0x0100_0193)
  return hash >>> 0 || 1
}

export const blobScope = scopeOf('blob', '')

/** First word of the digest whose hex digits begin at `at`. */
export const hiOf = (text: string, at = 0): number => wordAt(text, at)
/** Second word of the digest whose hex digits begin at `at`. */
export const loOf = (text: string, at = 0): number => wordAt(text, at + 8)

// No part of the text is made a text of its own: a million keys pass here.
function wordAt(text: string, at: number): number {
  let word = 0
  for (let place = at; place < at + 8; place++) {
    const code = text.charCodeAt(place)
    word = word * 16 + (code < 58 ? code - 48 : code - 87)
  }
  return word
}

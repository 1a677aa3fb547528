/**
 * Keys: what a bucket accepts as one, and the order in which it lists them.
 * @module
 */

/** S3's limit, in bytes of UTF-8. */
const maxKeyBytes = 1024

/** @throws TypeError when `key` cannot be a key in every store: empty, over 1024 bytes, holding NUL or a lone surrogate. */
export function checkKey(key: string): void {
  if (typeof key !== 'string' || key === '') throw new TypeError('key: expected a non-empty string')
  // A key of at most a third of the limit cannot exceed it in UTF-8.
  if (key.length > maxKeyBytes / 3 && Buffer.byteLength(key) > maxKeyBytes) {
    throw new TypeError(`key: longer than ${maxKeyBytes} bytes: ${key.slice(0, 64)}...`)
  }
  if (key.includes('\0') || !key.isWellFormed()) throw new TypeError(`key: not plain text: ${JSON.stringify(key)}`)
}

/** Order of the UTF-8 bytes: JavaScript's own order puts U+E000-U+FFFF after the astral planes. */
export function compareKeys(a: string, b: string): number {
  const length = Math.min(a.length, b.length)
  for (let i = 0; i < length; i++) {
    const x = a.charCodeAt(i)
    const y = b.charCodeAt(i)
    if (x !== y) return utf8Rank(x) - utf8Rank(y)
  }
  return a.length - b.length
}

/** The smallest string above every key with the prefix; undefined when there is none. */
export function prefixEnd(prefix: string): string | undefined {
  const points = Array.from(prefix, (character) => character.codePointAt(0) ?? 0)
  for (let last = points.pop(); last !== undefined; last = points.pop()) {
    if (last === 0x10_ffff) continue
    return String.fromCodePoint(...points, last === 0xd7ff ? 0xe000 : last + 1)
  }
  return undefined
}

/** Surrogates stand for code points above all of the basic plane. */
function utf8Rank(unit: number): number {
  return unit >= 0xd800 && unit <= 0xdfff ? unit + 0x1_0000 : unit
}

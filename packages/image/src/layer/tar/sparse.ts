/**
 * Files with holes in a tar archive: the maps of GNU tar's own type `S` and of its PAX records, versions 0.0, 0.1 and 1.0
 * (GNU tar manual, "Storing Sparse Files").
 * @module
 */
import type { SparseMap, SparsePart } from './entry.ts'
import { numberAt } from './header.ts'
import { invalidTar } from './invalid.ts'

/** Beyond this a map is made to fill the memory; files of that many holes are not packed as sparse ones. */
const maxParts = 1_000_000

/** A map that comes in blocks of its own. */
export interface SparseBlocks {
  /** Takes the next block. @returns the map when this was the last. @throws ARCHIVE_INVALID */
  next(block: Buffer): SparseMap | undefined
}

/** Type `S`: four parts stand in the header, and 21 in each block that follows while the one before says so. */
export function oldGnuSparse(header: Buffer): SparseBlocks & { readonly first: SparseMap | undefined } {
  const size = numberAt(header, 483, 12, 'size')
  const parts: SparsePart[] = []
  const take = (block: Buffer, offset: number, count: number, more: number): SparseMap | undefined => {
    for (let at = offset; at < offset + count * 24; at += 24) {
      if (block[at] === 0) break
      parts.push({ offset: numberAt(block, at, 12, 'offset'), length: numberAt(block, at + 12, 12, 'length') })
    }
    if (parts.length > maxParts) throw tooMany()
    return block[more] === 0 ? { size, parts } : undefined
  }
  return { first: take(header, 386, 4, 482), next: (block) => take(block, 0, 21, 504) }
}

/** PAX 0.0 and 0.1: offsets and lengths by turns, joined by commas. */
export function sparseFromText(text: string, size: number): SparseMap {
  const numbers = text === '' ? [] : text.split(',', 2 * maxParts + 1)
  if (numbers.length > 2 * maxParts) throw tooMany()
  return { size, parts: pairsOf(numbers.map(decimal)) }
}

/** PAX 1.0: the number of parts, then offsets and lengths by turns, one decimal number a line, padded to whole blocks. */
export function sparseBlocks(size: number): SparseBlocks {
  const numbers: number[] = []
  let rest = ''
  return {
    next(block) {
      const lines = (rest + block.toString('latin1')).split('\n')
      rest = lines.pop() ?? ''
      for (const line of lines) {
        // What follows the last number is padding.
        if (numbers.length > 0 && numbers.length === 1 + 2 * (numbers[0] ?? 0)) break
        numbers.push(decimal(line))
        if ((numbers[0] ?? 0) > maxParts) throw tooMany()
      }
      const isWhole = numbers.length > 0 && numbers.length === 1 + 2 * (numbers[0] ?? 0)
      if (isWhole) return { size, parts: pairsOf(numbers.slice(1)) }
      if (rest.length > 20) throw invalidTar('the map of a sparse file is not made of numbers')
      return undefined
    },
  }
}

/** @param stored the bytes that follow in the archive @throws ARCHIVE_INVALID for a map that cannot be of such a file */
export function checkSparse({ size, parts }: SparseMap, stored: number): void {
  let end = 0
  let total = 0
  for (const { offset, length } of parts) {
    if (offset < end || length < 0 || offset + length > size) {
      throw invalidTar(`a sparse file of ${size} bytes has a part of ${length} bytes at ${offset} after byte ${end}`)
    }
    end = offset + length
    total += length
  }
  if (total !== stored) throw invalidTar(`the parts of a sparse file have ${total} bytes, the archive has ${stored}`)
  if (size < 0) throw invalidTar(`a sparse file has the size ${size}`)
}

function pairsOf(numbers: readonly number[]): readonly SparsePart[] {
  if (numbers.length % 2 !== 0) throw invalidTar('the map of a sparse file ends in the middle of a part')
  const parts: SparsePart[] = []
  for (let at = 0; at < numbers.length; at += 2) {
    parts.push({ offset: numbers[at] ?? 0, length: numbers[at + 1] ?? 0 })
  }
  return parts
}

function decimal(text: string): number {
  const value = /^\d{1,16}$/.test(text) ? Number(text) : Number.NaN
  if (Number.isSafeInteger(value)) return value
  throw invalidTar(`the map of a sparse file holds ${JSON.stringify(text.slice(0, 100))}, not a number`)
}

function tooMany() {
  return invalidTar(`the map of a sparse file has more than ${maxParts} parts`)
}

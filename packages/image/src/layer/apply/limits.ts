/**
 * How much a layer may ask for: bounds against archives that are made to fill a disk or a memory.
 * @module
 */
import { ImageError } from '../../errors.ts'

export interface LayerLimits {
  /** Of the uncompressed tar. @default 1 TiB */
  readonly maxSizeBytes: number
  /** @default 10 million, whiteouts among them */
  readonly maxEntries: number
  /**
   * How many bytes may come out of one compressed byte, once more than `freeBytes` have come out.
   * @default 200; real layers stay below 50
   */
  readonly maxRatio: number
  /** Up to so many uncompressed bytes the ratio is not looked at: zeros of a real file compress well too. @default 1 GiB */
  readonly freeBytes: number
}

export const defaultLimits: LayerLimits = {
  maxSizeBytes: 1024 ** 4,
  maxEntries: 10_000_000,
  maxRatio: 200,
  freeBytes: 1024 ** 3,
}

/** @param packedBytes how many compressed bytes were taken so far @throws LAYER_TOO_LARGE */
export function checkSize(limits: LayerLimits, sizeBytes: number, packedBytes: number): void {
  if (sizeBytes > limits.maxSizeBytes) throw tooLarge('maxSizeBytes', limits.maxSizeBytes, 'bytes of tar', sizeBytes)
  if (sizeBytes <= limits.freeBytes || sizeBytes <= packedBytes * limits.maxRatio) return
  const ratio = Math.floor(sizeBytes / packedBytes)
  throw tooLarge('maxRatio', limits.maxRatio, 'bytes of tar out of each compressed byte', ratio)
}

/** @throws LAYER_TOO_LARGE */
export function checkEntries(limits: LayerLimits, entries: number): void {
  if (entries > limits.maxEntries) throw tooLarge('maxEntries', limits.maxEntries, 'entries', entries)
}

function tooLarge(limit: keyof LayerLimits, allowed: number, what: string, found: number): ImageError {
  const message = `the layer has at least ${found} ${what}; the limit ${limit} is ${allowed}`
  return new ImageError('LAYER_TOO_LARGE', message, { detail: { limit, allowed, found } })
}

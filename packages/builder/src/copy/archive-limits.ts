/**
 * How much an archive may ask for that ADD unpacks: bounds against those that are made to fill a disk or a memory. They are
 * those of layers, but for the entries, of which a build keeps a list in memory.
 * @module
 */
import { defaultLimits, type LayerLimits } from '@tsreg/image/layer'
import { BuilderError } from '../errors.ts'

export const archiveLimits: LayerLimits = { ...defaultLimits, maxEntries: 1_000_000 }

/**
 * The bytes as they are, counted on their way.
 * @param packedBytes how many compressed bytes were taken so far
 * @throws ARCHIVE_TOO_LARGE
 */
export async function* withinLimits(
  content: AsyncIterable<Uint8Array>,
  packedBytes: () => number,
  { maxSizeBytes, maxRatio, freeBytes }: LayerLimits,
): AsyncGenerator<Uint8Array, void, undefined> {
  let bytes = 0
  for await (const chunk of content) {
    bytes += chunk.byteLength
    if (bytes > maxSizeBytes) throw tooLarge('bytes', bytes, maxSizeBytes)
    const ratio = Math.floor(bytes / Math.max(1, packedBytes()))
    if (bytes > freeBytes && ratio > maxRatio) throw tooLarge('bytes out of each compressed byte', ratio, maxRatio)
    yield chunk
  }
}

/** @throws ARCHIVE_TOO_LARGE */
export function checkEntries(entries: number, { maxEntries }: LayerLimits): void {
  if (entries > maxEntries) throw tooLarge('entries', entries, maxEntries)
}

function tooLarge(what: string, found: number, allowed: number): BuilderError {
  return new BuilderError('ARCHIVE_TOO_LARGE', `the archive has at least ${found} ${what}; the limit is ${allowed}`, {
    detail: { found, allowed },
  })
}

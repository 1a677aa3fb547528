/**
 * The `meta` cell: which layout the bucket has. Written once, by whoever opens an empty bucket first.
 * @module
 */
import { OciError } from '@tsreg/oci'
import type { Bucket } from './bucket/bucket.ts'
import { cellsOf } from './cells.ts'
import { metaKey } from './paths.ts'

/** The layout this code reads and writes. */
export const layoutVersion = 1

/** @throws UNAVAILABLE when the bucket has a layout that this code does not know */
export async function checkLayout(bucket: Bucket): Promise<void> {
  const cells = cellsOf(bucket)
  const { header } = await readMeta(bucket)
  if (header === undefined) {
    const written = await cells.write({ key: metaKey, version: undefined, header: { layout: layoutVersion } })
    if (written === undefined) await checkLayout(bucket)
    return
  }
  const { layout } = header
  if (layout === layoutVersion) return
  if (typeof layout !== 'number') throw foreign()
  const advice = 'start the version of tsreg that wrote it, or a newer one, or name another storage'
  throw new OciError(
    'UNAVAILABLE',
    `the storage has layout ${layout}, this version knows ${layoutVersion}: ${advice}`,
    {
      detail: { expected: layoutVersion, received: layout },
    },
  )
}

async function readMeta(bucket: Bucket): Promise<{ readonly header: { readonly layout?: unknown } | undefined }> {
  try {
    return await cellsOf(bucket).read<{ layout?: unknown }>(metaKey)
  } catch (error) {
    throw error instanceof SyntaxError ? foreign(error) : error
  }
}

function foreign(cause?: unknown): OciError {
  const message = `the storage holds something else: its object ${metaKey} is not ours; name an empty bucket or directory`
  return new OciError('UNAVAILABLE', message, { detail: { key: metaKey, expected: layoutVersion }, cause })
}

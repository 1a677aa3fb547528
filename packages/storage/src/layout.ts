/**
 * The `meta` cell: which layout the bucket has, and how long its readers hold on to what they saw. Written by whoever opens
 * an empty bucket first, and by whoever needs the bytes of deleted blobs for longer than all before.
 * @module
 */
import { OciError } from '@tsreg/oci'
import type { Bucket } from './bucket/bucket.ts'
import { type CellState, cellsOf } from './cells.ts'
import { metaKey } from './paths.ts'

/** The layout this code reads and writes. */
export const layoutVersion = 1

interface Meta {
  readonly layout?: unknown
  /** Of the readers of every process so far, the longest, see `deletion-delay.ts`. */
  readonly lingerMs?: number
}

/**
 * @param lingerMs what the readers of this process need
 * @throws UNAVAILABLE when the bucket has a layout that this code does not know
 */
export async function checkLayout(bucket: Bucket, lingerMs: number): Promise<void> {
  for (;;) {
    const { header, version } = await readMeta(bucket)
    if (header !== undefined) refuseOther(header)
    if (header?.lingerMs !== undefined && header.lingerMs >= lingerMs) return
    const next = { ...header, layout: layoutVersion, lingerMs }
    if ((await cellsOf(bucket).write({ key: metaKey, version, header: next })) !== undefined) return
  }
}

function refuseOther({ layout }: Meta): void {
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

async function readMeta(bucket: Bucket): Promise<CellState<Meta>> {
  try {
    return await cellsOf(bucket).read<Meta>(metaKey)
  } catch (error) {
    throw error instanceof SyntaxError ? foreign(error) : error
  }
}

function foreign(cause?: unknown): OciError {
  const message = `the storage holds something else: its object ${metaKey} is not ours; name an empty bucket or directory`
  return new OciError('UNAVAILABLE', message, { detail: { key: metaKey, expected: layoutVersion }, cause })
}

/**
 * The lines on S3: both registries on one store, and the ratio to distribution 3 that must be reached
 * (docs/performance.md). "As fast" is meant as whoever pushes or pulls sees it: by the clock.
 * @module
 */
import type { Scale } from './lines.ts'
import { getManifestByDigest, getManifestByTag, pushLarge, pushSmall, type S3Load } from './s3-loads.ts'

export interface S3Line {
  readonly name: string
  readonly unit: string
  readonly load: S3Load
  /** A little of the same, once, before anything counts. */
  readonly warmUp: S3Load
  /** Least ratio of our work per second to the peer's. Work per CPU-second of the server is shown for comparison. */
  readonly goal: number
  /** Whether work per CPU-second of the store is shown as well: not where only the peer asks it. */
  readonly countsStore: boolean
  /** Store and registries start anew for every pair of turns, because the load fills the store's disk. */
  readonly fresh: boolean
}

/** @param given as typed. @returns without it 2, or 5 at the full scale, where a store is started for every pair of turns */
export function s3Rounds(scale: Scale, given: string | undefined): number {
  return Number(given ?? (scale === 'full' ? 5 : 2))
}

export function s3Lines(scale: Scale): readonly S3Line[] {
  const full = scale === 'full'
  const seconds = full ? 2 : 1
  const sizeMiB = full ? 256 : 32
  const blobs = full ? 200 : 60
  return [
    {
      name: 's3: manifest GET by tag',
      unit: 'requests',
      load: getManifestByTag(seconds),
      warmUp: getManifestByTag(1),
      goal: 1.5,
      countsStore: true,
      fresh: false,
    },
    {
      name: 's3: manifest GET by digest',
      unit: 'requests',
      load: getManifestByDigest(seconds),
      warmUp: getManifestByDigest(1),
      goal: 5,
      countsStore: false,
      fresh: false,
    },
    {
      name: `s3: push ${blobs} x 64 KiB`,
      unit: 'blobs',
      load: pushSmall(blobs),
      warmUp: pushSmall(blobs),
      goal: 2,
      countsStore: true,
      fresh: false,
    },
    {
      name: `s3: push 4 x ${sizeMiB} MiB`,
      unit: 'MB',
      load: pushLarge(4, sizeMiB),
      warmUp: pushLarge(4, 16),
      goal: 1.5,
      countsStore: true,
      fresh: full,
    },
  ]
}

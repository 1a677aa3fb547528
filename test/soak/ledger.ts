/**
 * What the registry has promised while images come and go: an image lives from its acknowledgement until somebody begins
 * to delete it, and a tag shows what was acknowledged last, unless that image was deleted.
 * @module
 */

import type { AcknowledgedImage } from '../faults/load/ledger.ts'

export interface SoakImage extends AcknowledgedImage {
  /** Somebody has begun to delete it: nothing is promised any more. */
  isDoomed: boolean
}

export interface SoakTag {
  readonly key: string
  /** Acknowledged last, and everything tried since. */
  readonly candidates: readonly SoakImage[]
}

export interface SoakLedger {
  readonly problems: string[]
  /** All that live. */
  images(): readonly SoakImage[]
  /** An image is about to be pushed under a tag; the tag is that pusher's alone. */
  attempt(key: string, image: SoakImage): void
  acknowledge(key: string, image: SoakImage): void
  /** Takes an image out, to be deleted. */
  doom(image: SoakImage): void
  tags(): readonly SoakTag[]
}

export function createSoakLedger(): SoakLedger {
  const living = new Set<SoakImage>()
  const tags = new Map<string, SoakImage[]>()
  return {
    problems: [],
    images: () => [...living],
    attempt: (key, image) => void tags.set(key, [...(tags.get(key) ?? []), image]),
    acknowledge(key, image) {
      tags.set(key, [image])
      living.add(image)
    },
    doom(image) {
      image.isDoomed = true
      living.delete(image)
    },
    tags: () => [...tags].map(([key, candidates]) => ({ key, candidates })),
  }
}

/**
 * Images of random bytes: small and large blobs, some of them shared by many images.
 * @module
 */

import { createHash } from 'node:crypto'
import type { Random } from '../../harness/random.ts'

export interface Blob {
  readonly digest: string
  readonly bytes: Buffer
}

export interface Image {
  readonly blobs: readonly Blob[]
  readonly manifest: Blob
}

export const manifestType = 'application/vnd.oci.image.manifest.v1+json'

/** A unique image of one config and one to four layers, about one in five of them from `pool`. */
export function makeImage(random: Random, pool: readonly Blob[]): Image {
  const layers = Array.from({ length: random.integer(1, 4) }, () =>
    random.chance(0.2) ? random.pick(pool) : makeBlob(random.bytes(layerSize(random))),
  )
  const config = makeBlob(Buffer.from(JSON.stringify({ os: 'linux', id: random.bytes(12).toString('hex') })))
  return { blobs: [config, ...layers], manifest: makeManifest(config, layers) }
}

/** The image manifest that names them. */
export function makeManifest(config: Blob, layers: readonly Blob[]): Blob {
  const content = {
    schemaVersion: 2,
    mediaType: manifestType,
    config: describe('application/vnd.oci.image.config.v1+json', config),
    layers: layers.map((layer) => describe('application/vnd.oci.image.layer.v1.tar', layer)),
  }
  return makeBlob(Buffer.from(JSON.stringify(content)))
}

export function makeBlob(bytes: Buffer): Blob {
  return { digest: `sha256:${createHash('sha256').update(bytes).digest('hex')}`, bytes }
}

/** Sizes on both sides of every border an embedded store may have: in the pointer, in a row, in a file, in parts. */
export function layerSize(random: Random): number {
  const [, low, high] = random.pick(sizeClasses)
  return random.integer(low, high)
}

const sizeClasses = [
  { weight: 30, low: 0, high: 2_000 },
  { weight: 30, low: 10_000, high: 60_000 },
  { weight: 28, low: 100_000, high: 300_000 },
  { weight: 10, low: 500_000, high: 2_000_000 },
  { weight: 2, low: 4_000_000, high: 9_000_000 },
].flatMap(({ weight, low, high }) => Array.from({ length: weight }, () => [weight, low, high] as const))

function describe(mediaType: string, { digest, bytes }: Blob): object {
  return { mediaType, digest, size: bytes.length }
}

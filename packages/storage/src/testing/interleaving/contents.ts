/**
 * What the plays are about: two blobs, one inline, and the manifests that the specification in test/model has.
 * @module
 */
import { digestOf, mediaTypes } from '@tsreg/oci'
import { type Content, jsonContent } from '@tsreg/testkit'
import { seededBytes } from '../bucket-fixtures.ts'

/** D1 and D2 of the specification: one object each. */
export const blobs = [seededBytes(300, 1), seededBytes(300, 2)] as const
export const [d1, d2] = blobs
export const tiny = seededBytes(60, 3)
/** Of parts, with the part size and the limits of the plays. */
export const large = seededBytes(1500, 4)

export const m1 = imageOf(d1)
export const twoBlobs = imageOf(d1, d2)
export const m3 = imageOf(d2)
/** IX: an index over M1. */
export const index = jsonContent(mediaTypes.ociIndex, {
  schemaVersion: 2,
  mediaType: mediaTypes.ociIndex,
  manifests: [m1.descriptor],
})
/** RF: its subject is M1. */
export const referrer = imageOf(d2, m1)
export const ofTiny = imageOf(tiny)
export const ofLarge = imageOf(large)

/** The first blob is the config. */
function imageOf(config: Uint8Array, ...rest: readonly (Uint8Array | Content)[]): Content {
  const layers = rest.flatMap((item) => (item instanceof Uint8Array ? [descriptorOf(mediaTypes.ociLayer, item)] : []))
  const subjects = rest.flatMap((item) => (item instanceof Uint8Array ? [] : [item.descriptor]))
  return jsonContent(mediaTypes.ociManifest, {
    schemaVersion: 2,
    mediaType: mediaTypes.ociManifest,
    config: descriptorOf(mediaTypes.ociConfig, config),
    layers,
    ...(subjects[0] === undefined ? {} : { subject: subjects[0] }),
  })
}

function descriptorOf(mediaType: string, bytes: Uint8Array) {
  return { mediaType, digest: digestOf(bytes), size: bytes.byteLength }
}

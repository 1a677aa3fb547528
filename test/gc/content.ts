/**
 * A large store as docs/storage-layout.md describes it, for loading straight into a bucket: images of ten blobs each in a
 * thousand repositories, and blobs that no manifest names.
 * @module
 */
import { createHash, hash, randomUUID } from 'node:crypto'
import type { LoadedCell } from '@tsreg/storage/bucket'

export interface StoreShape {
  readonly images: number
  readonly garbage: number
}

export const blobsPerImage = 10
const repositories = 1000
const manifestType = 'application/vnd.oci.image.manifest.v1+json'
const nothing = new Uint8Array()

export function liveBlobs({ images }: StoreShape): number {
  return images * blobsPerImage
}

/** `team000/app000` ... */
export function repositoryOf(number: number): string {
  const place = number % repositories
  return `team${String(Math.floor(place / 10)).padStart(3, '0')}/app${String(place % 10).padStart(3, '0')}`
}

/** Numbers below {@link liveBlobs} are named by an image, that of their tenth. */
export function blobOf(number: number): { readonly bytes: Buffer; readonly hex: string } {
  const bytes = Buffer.from(`the bytes of blob ${String(number).padStart(10, '0')}\n`)
  return { bytes, hex: hash('sha256', bytes) }
}

/** The repository that has the blob. */
export function homeOf(number: number, shape: StoreShape): string {
  return repositoryOf(number < liveBlobs(shape) ? Math.floor(number / blobsPerImage) : number)
}

/** Bytes of one blob. */
export const blobBytes = blobOf(0).bytes.length

export function* storeCells(shape: StoreShape): Iterable<LoadedCell> {
  for (let number = 0; number < repositories; number++)
    yield { key: `cat/${encoded(repositoryOf(number))}`, body: nothing }
  for (const { number, place } of inOrderOfDigests(liveBlobs(shape) + shape.garbage))
    yield* blobCells(number, place, shape)
  for (let image = 0; image < shape.images; image++) yield* imageCells(image)
}

export function cellsIn(shape: StoreShape): number {
  return repositories + 3 * (liveBlobs(shape) + shape.garbage) + 2 * shape.images
}

/** As keys lie in the store: a database that grows at its ends is filled ten times as fast. */
function inOrderOfDigests(count: number): readonly { readonly number: number; readonly place: number }[] {
  const hexes = Array.from({ length: count }, (_, number) => ({ number, hex: blobOf(number).hex }))
  hexes.sort((a, b) => (a.hex < b.hex ? -1 : 1))
  return hexes.map(({ number }, place) => ({ number, place }))
}

function* blobCells(number: number, place: number, shape: StoreShape): Iterable<LoadedCell> {
  const { bytes, hex } = blobOf(number)
  const x = `${place.toString(16).padStart(8, '0')}-0000-4000-8000-000000000000`
  const key = `d/${createHash('sha256').update(x).digest('hex').slice(0, 2)}/${x}`
  yield { key, body: bytes }
  yield cell(`b/sha256/${hex}`, { st: 'live', x, key, size: bytes.length })
  yield cell(`l/${encoded(homeOf(number, shape))}/sha256/${hex}`, { st: 'live' })
}

function* imageCells(image: number): Iterable<LoadedCell> {
  const descriptors = Array.from({ length: blobsPerImage }, (_, at) => {
    const mediaType = `application/vnd.oci.image.${at === 0 ? 'config.v1+json' : 'layer.v1.tar+gzip'}`
    return { mediaType, digest: `sha256:${blobOf(image * blobsPerImage + at).hex}`, size: blobBytes }
  })
  const [config, ...layers] = descriptors
  const body = Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType: manifestType, config, layers }))
  const hex = hash('sha256', body)
  const fields = { mediaType: manifestType, size: body.length, pushedAt: '2026-01-01T00:00:00.000Z' }
  const repository = encoded(repositoryOf(image))
  yield cell(`m/${repository}/sha256/${hex}`, { st: 'live', ...fields }, body)
  yield cell(`t/${repository}/v${image}`, { digest: `sha256:${hex}`, ...fields })
}

function cell(key: string, header: object, payload: Uint8Array = nothing): LoadedCell {
  return { key, body: Buffer.concat([Buffer.from(`${JSON.stringify({ ...header, n: randomUUID() })}\n`), payload]) }
}

/** A slash in a repository name is a dot in a key. */
function encoded(repository: string): string {
  return repository.replace('/', '.')
}

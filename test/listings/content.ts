/**
 * Cells of large listings, as docs/storage-layout.md describes them, for loading straight into a bucket.
 * @module
 */
import { randomUUID } from 'node:crypto'
import type { LoadedCell } from '@tsreg/storage/bucket'

/** The repository with the many tags. */
export const repository = 'listing'

const digest = `sha256:${'0123456789abcdef'.repeat(4)}`
const nothing = new Uint8Array()

/** `v0000000`, `v0000001` ...: byte order is numeric order. */
export function tagOf(number: number): string {
  return `v${String(number).padStart(7, '0')}`
}

/** `team000/app000000` ...: byte order is numeric order. */
export function repositoryOf(number: number): string {
  return `team${String(Math.floor(number / 1000)).padStart(3, '0')}/app${String(number).padStart(6, '0')}`
}

export function tagKey(number: number): string {
  return `t/${repository}/${tagOf(number)}`
}

export function* tagCells(count: number): Iterable<LoadedCell> {
  yield { key: `cat/${repository}`, body: nothing }
  const header = {
    digest,
    mediaType: 'application/vnd.oci.image.manifest.v1+json',
    size: 500,
    pushedAt: '2026-01-01T00:00:00.000Z',
  }
  for (let number = 0; number < count; number++) {
    yield { key: tagKey(number), body: Buffer.from(`${JSON.stringify({ ...header, n: randomUUID() })}\n`) }
  }
}

/** A slash in a repository name is a dot in a key. */
export function* catalogCells(count: number): Iterable<LoadedCell> {
  for (let number = 0; number < count; number++)
    yield { key: `cat/${repositoryOf(number).replace('/', '.')}`, body: nothing }
}

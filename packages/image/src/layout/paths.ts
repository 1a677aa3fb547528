/**
 * The names in a layout directory; the one place that knows them.
 *
 * ```
 * oci-layout  index.json  blobs/<alg>/<encoded>      image-spec
 * ingest/index.lock                                  held while index.json is changed
 * ingest/<alg>-<encoded>.partial                     what has arrived of a large blob; a later push goes on there
 * ingest/<alg>-<encoded>.lock                        held by who writes the partial
 * ingest/<alg>-<encoded>.<random>.tmp                a small blob, or a second writer of a large one
 * ingest/new.<random>.tmp                            a blob whose digest is not known before its end
 * ```
 * @module
 */
import { join } from 'node:path'
import type { Digest } from '@tsreg/oci'
import { blobPath, layout } from '@tsreg/oci/image'

export interface LayoutPaths {
  readonly directory: string
  readonly header: string
  readonly index: string
  readonly blobs: string
  readonly ingest: string
  readonly indexLock: string
  readonly blob: (digest: Digest) => string
  /** `ingest/<alg>-<encoded><suffix>` */
  readonly ingested: (digest: Digest, suffix: string) => string
}

export function layoutPaths(directory: string): LayoutPaths {
  const ingest = join(directory, 'ingest')
  return {
    directory,
    header: join(directory, layout.headerFile),
    index: join(directory, layout.indexFile),
    blobs: join(directory, layout.blobsDirectory),
    ingest,
    indexLock: join(ingest, 'index.lock'),
    blob: (digest) => join(directory, blobPath(digest)),
    ingested: (digest, suffix) => join(ingest, digest.replace(':', '-') + suffix),
  }
}

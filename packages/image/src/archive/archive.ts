/**
 * An archive of images as something to copy from.
 * @module
 */
import type { Digest } from '@tsreg/oci'
import type { OperationOptions, ReadOnlyTarget, TagLister } from '@tsreg/oci/content'

/** An image that an archive holds. */
export interface ArchivedImage {
  /** Names that it was saved under: full references, or bare tags. */
  readonly references: readonly string[]
  /** What to `resolve` to get this very image: a reference, a digest, or `@<position>`. */
  readonly selector: string
  /** Of its manifest, where the archive has one. */
  readonly digest: Digest | undefined
}

/** Open until it is disposed of: `await using archive = await openOciArchive(file)`. */
export interface ImageArchive extends ReadOnlyTarget, TagLister, AsyncDisposable {
  /** The file, for messages. */
  readonly location: string
  readonly format: 'oci' | 'docker'
  images(options?: OperationOptions): Promise<readonly ArchivedImage[]>
}

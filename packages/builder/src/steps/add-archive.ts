/**
 * ADD of an archive: it is unpacked, not copied.
 * @module
 */

import type { ChosenSource } from '../context/chosen-source.ts'
import type { SourceTree } from '../context/source-tree.ts'
import { readArchive } from '../copy/archive.ts'
import { placeArchive } from '../copy/place-archive.ts'
import type { PlaceOptions } from '../copy/place-sources.ts'
import type { LayerDraft } from '../rootfs/layer-draft.ts'

export interface AddedArchive {
  readonly draft: LayerDraft
  readonly tree: SourceTree
  readonly source: ChosenSource
  /** For what is in it, without its compression; needed until the layer is written. */
  readonly file: string
}

/** False when the source is no archive: then nothing has happened. */
export async function addArchive({ draft, tree, source, file }: AddedArchive, options: PlaceOptions): Promise<boolean> {
  const archive = await readArchive(() => tree.open(source.path, options), file, options)
  if (archive === undefined) return false
  await placeArchive(draft, archive, options)
  return true
}

/**
 * How an image came about: the history of its config beside the layers that are stored.
 * @module
 */
import type { Descriptor, Digest } from '@tsreg/oci'
import type { History } from '@tsreg/oci/image'
import { type ImageContent, imageIdOf } from './local-image.ts'

/** A step of the history. */
export interface HistoryRow {
  /** Of the newest step only: the steps below have no image of their own. */
  readonly imageId: Digest | undefined
  /** RFC 3339 */
  readonly created: string | undefined
  readonly createdBy: string
  readonly comment: string
  /** Of the layer as it is stored; 0 for a step that made none. */
  readonly sizeBytes: number
  /** Undefined for a step that made no layer. */
  readonly layer: Descriptor | undefined
}

/**
 * The newest step first. Layers that the history does not tell of get rows of their own, so that the sizes add up to those
 * of all layers whatever the config says.
 */
export function imageHistory(image: ImageContent): readonly HistoryRow[] {
  const layers = [...image.manifest.layers]
  const rows: HistoryRow[] = []
  for (const step of image.config?.history ?? []) {
    rows.push(rowOf(step, step.empty_layer === true ? undefined : layers.shift()))
  }
  for (const layer of layers) rows.push(rowOf({}, layer))
  const [newest, ...older] = rows.reverse()
  return newest === undefined ? [] : [{ ...newest, imageId: imageIdOf(image) }, ...older]
}

function rowOf(
  { created, created_by: createdBy = '', comment = '' }: History,
  layer: Descriptor | undefined,
): HistoryRow {
  return { imageId: undefined, created, createdBy, comment, sizeBytes: layer?.size ?? 0, layer }
}

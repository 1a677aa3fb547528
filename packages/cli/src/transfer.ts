/**
 * What a copy tells while it runs, as docker's lines: one row per layer. Manifests and configs are small and not shown.
 * @module
 */
import { type Descriptor, isImageConfigType, isManifestType, mediaTypes, shortId } from '@tsreg/oci'
import type { CopyEvent } from '@tsreg/oci/content'
import type { Progress } from './output/progress.ts'

/** The words of a row, by what happened. */
export type TransferWords = Readonly<Record<Exclude<CopyEvent['kind'], 'mounted'>, string>> & {
  readonly mounted: (from: string | undefined) => string
}

export const pullWords: TransferWords = {
  start: 'Pulling fs layer',
  progress: 'Downloading',
  done: 'Pull complete',
  exists: 'Already exists',
  mounted: () => 'Already exists',
  skipped: 'Skipped, the source does not hold it',
}

export const pushWords: TransferWords = {
  start: 'Preparing',
  progress: 'Pushing',
  done: 'Pushed',
  exists: 'Layer already exists',
  mounted: (from) => `Mounted from ${from ?? 'another repository'}`,
  skipped: 'Skipped, the source does not hold it',
}

/** How one layer got to the other side, for `--json`. */
export interface LayerOutcome {
  readonly digest: string
  readonly size: number
  readonly outcome: 'transferred' | 'exists' | 'mounted' | 'skipped'
}

export interface Transfer {
  readonly onProgress: (event: CopyEvent) => void
  readonly layers: readonly LayerOutcome[]
  /** Bytes of everything that was transferred, manifests and configs included. */
  readonly bytes: number
}

/** @param rowName what stands before the colon; default the short digest of the layer. */
export function watchTransfer(
  progress: Progress,
  words: TransferWords,
  rowName: (layer: Descriptor) => string = ({ digest }) => shortId(digest),
): Transfer {
  const layers: LayerOutcome[] = []
  let bytes = 0
  return {
    layers,
    get bytes() {
      return bytes
    },
    onProgress(event) {
      const { kind, descriptor } = event
      const { digest, size } = descriptor
      if (kind === 'done') bytes += size
      if (!isLayer(descriptor)) return
      if (kind === 'progress') {
        progress.row(rowName(descriptor), words.progress, { done: event.bytes ?? 0, total: size })
        return
      }
      progress.row(rowName(descriptor), kind === 'mounted' ? words.mounted(event.from) : words[kind])
      if (kind !== 'start') layers.push({ digest, size, outcome: kind === 'done' ? 'transferred' : kind })
    },
  }
}

/** True for content that is worth a row. */
export function isLayer({ mediaType }: Descriptor): boolean {
  return !isManifestType(mediaType) && !isImageConfigType(mediaType) && mediaType !== mediaTypes.ociEmpty
}

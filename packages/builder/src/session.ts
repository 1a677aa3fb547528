/**
 * What the steps of one build share.
 * @module
 */
import type { Writable } from 'node:stream'
import type { ImageContent, Layout } from '@tsreg/image'
import { writeLayer } from '@tsreg/image/layer'
import type { Snapshotter } from '@tsreg/image/snapshot'
import type { Platform } from '@tsreg/oci'
import type { OperationOptions } from '@tsreg/oci/content'
import type { Network, RunStep } from '@tsreg/runtime'
import type { DatedTree } from './build-time.ts'
import type { BuiltImage } from './built-image.ts'
import { builtImageOf } from './built-image.ts'
import type { BuildCache } from './cache/build-cache.ts'
import { type TemporaryFiles, temporaryFiles } from './cache/temporary-files.ts'
import type { SourceTree } from './context/source-tree.ts'
import type { BuildFile, Stage } from './dockerfile/index.ts'
import { BuilderError, type SourcePlace } from './errors.ts'
import { sourceStage } from './plan.ts'
import type { BuildEvent } from './progress/events.ts'
import { ImageTrees } from './rootfs/image-trees.ts'
import type { LayerDraft } from './rootfs/layer-draft.ts'
import type { MadeLayer } from './steps/prepared-step.ts'

/** What a build is given by whoever starts it. */
export interface BuildSurroundings {
  readonly images: Layout
  /** Opened when a layer must be unpacked or a command run. */
  readonly snapshotter: () => Promise<Snapshotter>
  readonly cache: BuildCache
  /** Executes the commands of RUN. */
  readonly runStep: RunStep
  /** Where the runtime keeps its state. */
  readonly containersDirectory: string
  /** Finds a base image by what a Dockerfile says, among the local ones or in a registry. */
  readonly findImage: (reference: string, options: FindImageOptions) => Promise<ImageContent>
  /** Undefined where there is only a Dockerfile. */
  readonly context: DatedTree | undefined
  /** What commands print. */
  readonly stdout: Writable
  readonly stderr: Writable
  readonly onEvent: (event: BuildEvent) => void
}

export interface FindImageOptions extends OperationOptions {
  readonly platform: Platform | undefined
}

export interface BuildSession extends Omit<BuildSurroundings, 'context'> {
  readonly file: BuildFile
  readonly network: Network
  /** True when somebody wants to know why steps are not found. */
  readonly explains: boolean
  readonly trees: ImageTrees
  /** Of everything that is made, in seconds since 1970. */
  readonly time: number
  /** @throws CONTEXT_MISSING */
  readonly context: (place: SourcePlace) => SourceTree
  /** The files of a stage before this one, or of an image. @throws STAGE_UNKNOWN, IMAGE_UNKNOWN */
  sourceTree(from: string, line: CopyLine, options: OperationOptions): Promise<SourceTree>
  /** Writes a drafted layer into the images; none when it is empty. */
  writeDraft(draft: LayerDraft, options: OperationOptions): Promise<MadeLayer>
  /** Names for files that are gone at the end. */
  temporaryFiles(): Promise<TemporaryFiles>
}

interface CopyLine {
  /** The number of the stage. */
  readonly stage: number
  readonly place: SourcePlace
}

export interface SessionOptions {
  readonly file: BuildFile
  readonly network: Network
  readonly explains: boolean
  readonly time: number
  /** The image of a stage; built when it is not yet. */
  readonly stageImage: (stage: Stage) => Promise<BuiltImage>
}

export function buildSession(surroundings: BuildSurroundings, options: SessionOptions): BuildSession {
  const { images, snapshotter, onEvent, cache } = surroundings
  const { file, stageImage } = options
  const trees = new ImageTrees({
    images,
    snapshotter,
    onUnpack: (layer, { bytes, done }) => onEvent({ kind: 'unpacking', layer, bytes, done }),
  })
  return {
    ...surroundings,
    ...options,
    trees,
    context(place) {
      if (surroundings.context !== undefined) return surroundings.context
      throw new BuilderError('CONTEXT_MISSING', 'there is no build context to copy from', { place })
    },
    async sourceTree(from, { stage, place }, operation) {
      const source = sourceStage(file, from, stage)
      if (source !== undefined) return trees.tree(await stageImage(source), `stage ${from}`, operation)
      if (/^\d+$/.test(from)) {
        throw new BuilderError('STAGE_UNKNOWN', `invalid from flag value ${from}: index out of bounds`, { place })
      }
      const found = await surroundings.findImage(from, { ...operation, platform: undefined })
      return trees.tree(builtImageOf(found), `image ${from}`, operation)
    },
    async writeDraft(draft, operation) {
      const layer = await writeLayer(await draft.entries(operation), images, { ...operation, latestTime: options.time })
      return { layer, draft }
    },
    temporaryFiles: () => temporaryFiles(cache.files.directory),
  }
}

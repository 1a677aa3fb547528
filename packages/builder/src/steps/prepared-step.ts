/**
 * An instruction that is ready: what the cache is asked, and what is done when it has no answer.
 * @module
 */
import type { WrittenLayer } from '@tsreg/image/layer'
import type { OperationOptions } from '@tsreg/oci/content'
import type { BuiltImage } from '../built-image.ts'
import type { CachedStep } from '../cache/build-cache.ts'
import type { LayerDraft } from '../rootfs/layer-draft.ts'
import type { BuildArgs } from '../scope/index.ts'
import { type ConfigStep, type StepContext, shellOf } from './step.ts'

/** A layer that was made, if the step changed a file. */
export interface MadeLayer {
  readonly layer: WrittenLayer | undefined
  /** What it was written from, when that was not a container. */
  readonly draft?: LayerDraft
}

export interface PreparedStep {
  /** What counts for the cache; its key is also what becomes of the image. */
  readonly cached: CachedStep
  readonly args: BuildArgs
  readonly hasCmd: boolean
  readonly note?: string | undefined
  /** Docker makes a container for the instruction, and names it in its output. */
  readonly hasContainer: boolean
  /** Undefined for an instruction that changes the config alone. */
  readonly execute?: (containerId: string, options: OperationOptions) => Promise<MadeLayer>
  /** To be called when the step is over, whether it was executed or found. */
  readonly dispose?: () => Promise<void>
}

/** The instruction and what it stands for; see `StepFacts`. */
export interface Described {
  readonly keyword: string
  readonly text: string
}

/** An instruction that changes the config alone. */
export function preparedConfigStep(
  parent: BuiltImage,
  context: StepContext,
  described: Described,
  step: ConfigStep,
): PreparedStep {
  const createdBy = [...shellOf(step.config), '#(nop) ', step.comment].join(' ')
  const { config, author = parent.author } = step
  return {
    cached: { parent, key: { createdBy, config, author }, facts: { ...described, createdBy } },
    args: step.args ?? context.args,
    hasCmd: step.hasCmd ?? context.hasCmd,
    note: step.note,
    hasContainer: true,
  }
}

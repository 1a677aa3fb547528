/**
 * `MAINTAINER`: the author of the image, as labels tell it today.
 * @module
 */
import type { MaintainerInstruction } from '../dockerfile/index.ts'
import type { ConfigStep, StepContext } from './step.ts'

export function maintainer({ author }: MaintainerInstruction, { config }: StepContext): ConfigStep {
  return { comment: `MAINTAINER ${author}`, config, author }
}

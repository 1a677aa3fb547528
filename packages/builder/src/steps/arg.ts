/**
 * `ARG`: a build argument that may be used from here on in this stage.
 * @module
 */
import type { ArgInstruction } from '../dockerfile/index.ts'
import type { BuildArgs } from '../scope/index.ts'
import type { ConfigStep, StepContext } from './step.ts'

export function arg(instruction: ArgInstruction, { config, args }: StepContext): ConfigStep {
  let declared: BuildArgs = args
  const words = ['ARG']
  for (const { name, value } of instruction.args) {
    declared = declared.with(name, value)
    words.push(value === undefined ? name : `${name}=${value}`)
  }
  return { comment: words.join(' '), config, args: declared }
}

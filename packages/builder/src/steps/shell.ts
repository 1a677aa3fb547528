/**
 * `SHELL`: what commands in shell form are given to from here on.
 * @module
 */
import type { ShellInstruction } from '../dockerfile/index.ts'
import { type ConfigStep, type StepContext, withFields } from './step.ts'

export function shell({ shell }: ShellInstruction, { config }: StepContext): ConfigStep {
  return { comment: `SHELL [${shell.join(' ')}]`, config: withFields(config, { Shell: shell }) }
}

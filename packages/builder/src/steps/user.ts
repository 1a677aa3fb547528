/**
 * `USER`: who executes commands, in RUN from here on and in containers.
 * @module
 */
import type { UserInstruction } from '../dockerfile/index.ts'
import { type ConfigStep, type StepContext, withFields } from './step.ts'

export function user({ user: name }: UserInstruction, { config }: StepContext): ConfigStep {
  return { comment: `USER ${name}`, config: withFields(config, { User: name }) }
}

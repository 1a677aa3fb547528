/**
 * `ENV`: variables of the build from here on, and of containers.
 * @module
 */
import type { EnvInstruction } from '../dockerfile/index.ts'
import { withVariable } from '../scope/index.ts'
import { type ConfigStep, type StepContext, withFields } from './step.ts'

export function env({ variables }: EnvInstruction, { config }: StepContext): ConfigStep {
  let changed: readonly string[] = config.Env ?? []
  const words = ['ENV']
  for (const { name, value } of variables) {
    changed = withVariable(changed, name, value)
    words.push(`${name}=${value}`)
  }
  return { comment: words.join(' '), config: withFields(config, { Env: changed }) }
}

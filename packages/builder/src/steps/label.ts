/**
 * `LABEL`: facts about the image, by name.
 * @module
 */
import type { LabelInstruction } from '../dockerfile/index.ts'
import { type ConfigStep, type StepContext, withFields } from './step.ts'

export function label({ labels }: LabelInstruction, { config }: StepContext): ConfigStep {
  return labelWith(
    labels.map(({ name, value }) => [name, value] as const),
    config,
  )
}

/** Labels whose names and values are final: those of `--label`. */
export function labelWith(
  labels: readonly (readonly [name: string, value: string])[],
  config: StepContext['config'],
): ConfigStep {
  const all = new Map([...Object.entries(config.Labels ?? {}), ...labels])
  return {
    comment: ['LABEL', ...labels.map(([name, value]) => `${name}=${value}`)].join(' '),
    config: withFields(config, { Labels: Object.fromEntries(all) }),
  }
}

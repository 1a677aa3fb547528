/**
 * `EXPOSE`: the ports on which a container listens.
 * @module
 */
import { type ExposeInstruction, exposedPorts } from '../dockerfile/index.ts'
import { type ConfigStep, type StepContext, withFields } from './step.ts'

/** The history has the words in their order, ranges included; the config each port. */
export function expose({ ports }: ExposeInstruction, { config, place }: StepContext): ConfigStep {
  const exposed = exposedPorts(ports, place).map((port) => [port, {}] as const)
  return {
    comment: ['EXPOSE', ...[...ports].sort()].join(' '),
    config: withFields(config, { ExposedPorts: { ...config.ExposedPorts, ...Object.fromEntries(exposed) } }),
  }
}

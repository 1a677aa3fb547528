/**
 * `ONBUILD`: an instruction for the builds that begin with this image.
 * @module
 */
import type { ContainerConfig } from '@tsreg/oci/image'
import type { OnbuildInstruction } from '../dockerfile/index.ts'
import { type ConfigStep, type StepContext, withFields } from './step.ts'

export function onbuild({ trigger }: OnbuildInstruction, { config }: StepContext): ConfigStep {
  return { comment: `ONBUILD ${trigger}`, config: withFields(config, { OnBuild: [...triggersOf(config), trigger] }) }
}

/** The instructions that an image leaves to the builds that begin with it. */
export function triggersOf(config: ContainerConfig): readonly string[] {
  const { OnBuild: triggers } = config as { OnBuild?: readonly string[] }
  return triggers ?? []
}

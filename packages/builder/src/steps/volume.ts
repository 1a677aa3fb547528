/**
 * `VOLUME`: directories that a container keeps outside its root file system. What later steps change in them is not kept.
 * @module
 */
import type { VolumeInstruction } from '../dockerfile/index.ts'
import { BuilderError } from '../errors.ts'
import { type ConfigStep, type StepContext, withFields } from './step.ts'

export function volume({ volumes: paths }: VolumeInstruction, { config, place }: StepContext): ConfigStep {
  if (paths.some((path) => path.trim() === '')) {
    throw new BuilderError('DOCKERFILE_INVALID', 'the path of a volume is empty', { place })
  }
  const added = Object.fromEntries(paths.map((path) => [path.trim(), {}]))
  return {
    comment: `VOLUME [${paths.join(' ')}]`,
    config: withFields(config, { Volumes: { ...config.Volumes, ...added } }),
  }
}

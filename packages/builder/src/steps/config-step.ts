/**
 * The instructions that change nothing but the config of the image.
 * @module
 */
import type { Instruction } from '../dockerfile/index.ts'
import { arg } from './arg.ts'
import { cmd } from './cmd.ts'
import { entrypoint } from './entrypoint.ts'
import { env } from './env.ts'
import { expose } from './expose.ts'
import { healthcheck } from './healthcheck.ts'
import { label } from './label.ts'
import { maintainer } from './maintainer.ts'
import { onbuild } from './onbuild.ts'
import { shell } from './shell.ts'
import type { ConfigStep, StepContext } from './step.ts'
import { stopsignal } from './stopsignal.ts'
import { user } from './user.ts'
import { volume } from './volume.ts'

export type ConfigInstruction = Exclude<Instruction, { readonly kind: 'ADD' | 'COPY' | 'RUN' | 'WORKDIR' }>

/** @throws DOCKERFILE_INVALID, EXPANSION_INVALID with the place of the instruction */
export function configStep(instruction: ConfigInstruction, context: StepContext): ConfigStep {
  switch (instruction.kind) {
    case 'ARG':
      return arg(instruction, context)
    case 'CMD':
      return cmd(instruction, context)
    case 'ENTRYPOINT':
      return entrypoint(instruction, context)
    case 'ENV':
      return env(instruction, context)
    case 'EXPOSE':
      return expose(instruction, context)
    case 'HEALTHCHECK':
      return healthcheck(instruction, context)
    case 'LABEL':
      return label(instruction, context)
    case 'MAINTAINER':
      return maintainer(instruction, context)
    case 'ONBUILD':
      return onbuild(instruction, context)
    case 'SHELL':
      return shell(instruction, context)
    case 'STOPSIGNAL':
      return stopsignal(instruction, context)
    case 'USER':
      return user(instruction, context)
    case 'VOLUME':
      return volume(instruction, context)
  }
}

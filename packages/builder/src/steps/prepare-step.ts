/**
 * From an instruction, its variables replaced, to what the cache is asked and what is to be done.
 * @module
 */
import type { OperationOptions } from '@tsreg/oci/content'
import type { BuiltImage } from '../built-image.ts'
import type { Instruction } from '../dockerfile/index.ts'
import type { BuildSession } from '../session.ts'
import { configStep } from './config-step.ts'
import { copy } from './copy.ts'
import { type PreparedStep, preparedConfigStep } from './prepared-step.ts'
import { run } from './run.ts'
import type { StepContext } from './step.ts'
import { workdir } from './workdir.ts'

export interface PrepareOptions extends OperationOptions {
  readonly parent: BuiltImage
  readonly session: BuildSession
  /** The number of the stage, for `--from`. */
  readonly stage: number
}

/** @throws as the instruction does */
export async function prepareStep(
  instruction: Instruction,
  context: StepContext,
  { parent, session, stage, signal }: PrepareOptions,
): Promise<PreparedStep> {
  const described = { keyword: instruction.kind, text: instruction.original }
  switch (instruction.kind) {
    case 'ADD':
    case 'COPY':
      return copy(instruction, context, { parent, session, described, stage }, { signal })
    case 'RUN':
      return run(instruction, context, { parent, session, described })
    case 'WORKDIR':
      return workdir(instruction, context, { parent, session, described })
    default:
      return preparedConfigStep(parent, context, described, configStep(instruction, context))
  }
}

/**
 * `ENTRYPOINT`: the program of a container. The CMD of the base belonged to another one and is gone.
 * @module
 */
import type { EntrypointInstruction } from '../dockerfile/index.ts'
import { quoteList } from '../scope/go-format.ts'
import { commandLine } from './command.ts'
import { type ConfigStep, type StepContext, withFields } from './step.ts'

export function entrypoint({ command }: EntrypointInstruction, { config, hasCmd }: StepContext): ConfigStep {
  const args = commandLine(command, config)
  const fields = { Entrypoint: args, ...(hasCmd ? {} : { Cmd: undefined }) }
  return { comment: `ENTRYPOINT ${quoteList(args)}`, config: withFields(config, fields) }
}

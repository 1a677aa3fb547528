/**
 * `CMD`: what a container does when nobody says otherwise.
 * @module
 */
import type { CmdInstruction } from '../dockerfile/index.ts'
import { quoteList } from '../scope/go-format.ts'
import { commandLine } from './command.ts'
import { type ConfigStep, type StepContext, withFields } from './step.ts'

export function cmd({ command }: CmdInstruction, { config, hasCmd }: StepContext): ConfigStep {
  const args = commandLine(command, config)
  return {
    comment: `CMD ${quoteList(args)}`,
    config: withFields(config, { Cmd: args }),
    hasCmd: hasCmd || args.length > 0,
  }
}

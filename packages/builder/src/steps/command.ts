/**
 * From a command as it is written to the words that are executed.
 * @module
 */
import type { ContainerConfig } from '@tsreg/oci/image'
import type { Command } from '../dockerfile/index.ts'
import { shellOf } from './step.ts'

/** Exec form as it is; shell form as one word behind the shell of the image. */
export function commandLine(command: Command, config: ContainerConfig): readonly string[] {
  return command.form === 'exec' ? command.args : [...shellOf(config), command.text]
}

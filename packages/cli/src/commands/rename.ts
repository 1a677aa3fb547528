/**
 * `tsreg rename`
 * @module
 */
import type { Command } from 'commander'
import { containersDirectory } from '../containers.ts'
import type { Invocation } from '../invocation.ts'
import { openSession } from '../session.ts'
import { verb } from '../verb.ts'

export function rename(invocation: Invocation): Command {
  return verb('rename', 'Give a container another name', [['tsreg rename lucid_turing web', 'It may run meanwhile']])
    .argument('<container>', 'Name, ID or first digits of the ID')
    .argument('<name>', 'The new name')
    .action(async (text: string, name: string) => {
      const { findContainer, renameContainer } = await import('@tsreg/runtime')
      await using session = await openSession(invocation)
      const directory = containersDirectory(session.config)
      await renameContainer(directory, await findContainer(directory, text), name)
    })
}

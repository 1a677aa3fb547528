/**
 * `tsreg rm`
 * @module
 */
import type { Command } from 'commander'
import { forEachContainer } from '../containers.ts'
import type { Invocation } from '../invocation.ts'
import { verb } from '../verb.ts'

export function rm(invocation: Invocation): Command {
  return verb('rm', 'Remove containers', [
    ['tsreg rm web', 'Prints what was typed'],
    ['tsreg rm -f 4f2a', 'Kills it first when it runs'],
  ])
    .argument('<container...>', 'Name, ID or first digits of the ID')
    .option('-f, --force', 'Kill what runs')
    .option('-v, --volumes', 'Also the volumes without a name; they go with the container in any case')
    .action(async (texts: readonly string[], { force = false }: { readonly force?: boolean }) => {
      const { removeContainer } = await import('@tsreg/runtime')
      await forEachContainer(texts, invocation, async (container, context) => {
        await removeContainer(context, container, { force })
        return undefined
      })
    })
}

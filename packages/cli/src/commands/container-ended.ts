/**
 * `tsreg container-ended`: what conmon runs when a container of `--rm` has ended and whoever started it is gone.
 * @module
 */
import type { Command } from 'commander'
import { openContainers } from '../containers.ts'
import type { Invocation } from '../invocation.ts'
import { openSession } from '../session.ts'
import { verb } from '../verb.ts'

/** Not in the help: it is for processes, not for people. */
export function containerEnded(invocation: Invocation): Command {
  return verb('container-ended', 'Clear away a container that nobody attends to', [
    ['tsreg container-ended 64_HEX_DIGITS', 'Removes it, when it is one of --rm and has ended'],
  ])
    .argument('<id>', 'Full ID')
    .action(async (id: string) => {
      const { sweepOne } = await import('@tsreg/runtime')
      await using session = await openSession(invocation)
      await sweepOne(await openContainers(session), id)
    })
}

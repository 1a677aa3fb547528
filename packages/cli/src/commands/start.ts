/**
 * `tsreg start`
 * @module
 */
import type { Container, RuntimeContext } from '@tsreg/runtime'
import type { Command } from 'commander'
import { forEachContainer, openContainers } from '../containers.ts'
import { CliError } from '../errors.ts'
import { ExitStatus } from '../exit-status.ts'
import { checkTerminal, sizeOfTerminal } from '../foreground/foreground.ts'
import type { Invocation } from '../invocation.ts'
import { openSession } from '../session.ts'
import { type UnbuiltFlags, withUnbuilt } from '../unbuilt.ts'
import { verb } from '../verb.ts'
import { withOwnFailures } from './run.ts'

interface Flags {
  readonly attach?: boolean
  readonly interactive?: boolean
}

export function start(invocation: Invocation): Command {
  const command = verb('start', 'Start containers that were made before, or have ended', [
    ['tsreg start web db', 'In the background; prints what was typed'],
    ['tsreg start -a job', 'In the foreground, until it ends; its exit code is that of the command'],
    ['tsreg start -ai shell', 'With standard input, for a container that was made with -i'],
  ])
    .argument('<container...>', 'Name, ID or first digits of the ID')
    .option('-a, --attach', 'Show its output, hand on signals, and wait for its end')
    .option('-i, --interactive', 'Send standard input to it as well')
  return withUnbuilt(command, unbuiltFlags).action(async (texts: readonly string[], flags: Flags) => {
    if (flags.attach !== true && flags.interactive !== true) {
      return withOwnFailures(() => forEachContainer(texts, invocation, startOne))
    }
    throw new ExitStatus(await withOwnFailures(() => startInForeground(texts, flags, invocation)))
  })
}

const unbuiltFlags: UnbuiltFlags = {
  '--checkpoint': '',
  '--checkpoint-dir': '',
  '--detach-keys': 'Ctrl-P Ctrl-Q detaches.',
}

async function startOne(container: Container, context: RuntimeContext): Promise<undefined> {
  const { startExisting } = await import('@tsreg/runtime')
  const { claim } = await startExisting(context, container)
  // One of --rm goes as soon as it has ended: nobody attends to it.
  if (container.record.host.autoRemove) claim?.leave()
  else claim?.keep()
}

async function startInForeground(
  texts: readonly string[],
  { interactive = false }: Flags,
  invocation: Invocation,
): Promise<number> {
  const [text, another] = texts
  if (text === undefined || another !== undefined) {
    throw new CliError('USAGE', 'you cannot start and attach multiple containers at once')
  }
  const [{ findContainer, startExisting }, { attend }, { attachTo }, { relaySignals }] = await Promise.all([
    import('@tsreg/runtime'),
    import('../foreground/attend.ts'),
    import('../foreground/attach-to.ts'),
    import('../foreground/signals.ts'),
  ])
  await using session = await openSession(invocation)
  const context = await openContainers(session)
  const found = await findContainer(context.directory, text)
  const { terminal, stdin } = found.record.process
  const foreground = { terminal, stdin: interactive && stdin }
  checkTerminal(foreground, invocation)
  using signals = relaySignals(invocation)
  const terminalSize = sizeOfTerminal(invocation)
  const { container, started, claim } = await startExisting(context, found, { attach: true, terminalSize })
  if (started === undefined || claim === undefined) {
    return await attachTo(context.directory, container, foreground, invocation, signals)
  }
  using held = claim
  return await attend(context, { record: container.record, started, claim: held }, foreground, invocation, signals)
}

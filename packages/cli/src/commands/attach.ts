/**
 * `tsreg attach`
 * @module
 */
import type { Command } from 'commander'
import { containersDirectory } from '../containers.ts'
import { ExitStatus } from '../exit-status.ts'
import { checkTerminal } from '../foreground/foreground.ts'
import type { Invocation } from '../invocation.ts'
import { openSession } from '../session.ts'
import { withUnbuilt } from '../unbuilt.ts'
import { verb } from '../verb.ts'
import { withOwnFailures } from './run.ts'

interface Flags {
  readonly stdin: boolean
}

export function attach(invocation: Invocation): Command {
  const command = verb('attach', 'Join the streams of a running container', [
    ['tsreg attach web', 'Shows what it says from now on; its exit code is that of the container'],
    ['tsreg attach --no-stdin shell', 'Only looks on'],
  ])
    .argument('<container>', 'Name, ID or first digits of the ID')
    .option('--no-stdin', 'Send nothing to it')
  return withUnbuilt(command, {
    '--detach-keys': 'Ctrl-P Ctrl-Q detaches.',
    '--sig-proxy': 'Signals are handed on; the third one leaves.',
  }).action(async (text: string, flags: Flags) => {
    throw new ExitStatus(await withOwnFailures(() => attachTo(text, flags, invocation)))
  })
}

async function attachTo(text: string, { stdin }: Flags, invocation: Invocation): Promise<number> {
  const [{ findContainer }, foreground, { relaySignals }] = await Promise.all([
    import('@tsreg/runtime'),
    import('../foreground/attach-to.ts'),
    import('../foreground/signals.ts'),
  ])
  await using session = await openSession(invocation)
  const directory = containersDirectory(session.config)
  const container = await findContainer(directory, text)
  const { process } = container.record
  const options = { terminal: process.terminal, stdin: stdin && process.stdin }
  if (container.state.status === 'running') checkTerminal(options, invocation)
  using signals = relaySignals(invocation)
  return await foreground.attachTo(directory, container, options, invocation, signals)
}

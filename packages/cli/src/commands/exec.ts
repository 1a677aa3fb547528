/**
 * `tsreg exec`
 * @module
 */
import type { Command } from 'commander'
import { parseEnv, parseWorkdir, readEnvFile } from '../container-options.ts'
import { containersDirectory } from '../containers.ts'
import { exitCodes } from '../exit-codes.ts'
import { ExitStatus } from '../exit-status.ts'
import { checkTerminal, runInForeground, sizeOfTerminal } from '../foreground/foreground.ts'
import { Interruption, type Invocation } from '../invocation.ts'
import { several } from '../run-flags.ts'
import { openSession } from '../session.ts'
import { type UnbuiltFlags, withUnbuilt } from '../unbuilt.ts'
import { verb } from '../verb.ts'
import { withOwnFailures } from './run.ts'

interface Flags {
  readonly detach?: boolean
  readonly interactive?: boolean
  readonly tty?: boolean
  readonly env?: readonly string[]
  readonly envFile?: readonly string[]
  readonly workdir?: string
  readonly user?: string
}

export function exec(invocation: Invocation): Command {
  const command = verb('exec', 'Run a further command in a running container', [
    ['tsreg exec -it web sh', 'With a terminal; Ctrl-P Ctrl-Q leaves it running'],
    ['tsreg exec -u www-data -e LANG=C web ls -l /srv', 'As somebody else; the exit code is that of the command'],
    ['tsreg exec -i db psql < dump.sql', 'With standard input'],
    ['tsreg exec -d web touch /tmp/flag', 'In the background; what it says is lost'],
  ])
    .argument('<container>', 'Name, ID or first digits of the ID')
    .argument('<command...>', 'Command and arguments')
    .passThroughOptions()
    .option('-i, --interactive', 'Send standard input to the command')
    .option('-t, --tty', 'Give the command a terminal')
    .option('-d, --detach', 'In the background: return when it runs')
    .addOption(several('-e, --env <name=value>', 'Set a variable; NAME alone takes its value from here'))
    .addOption(several('--env-file <file>', 'Variables from a file, a line each'))
    .option('-w, --workdir <path>', 'Working directory; default: that of the container')
    .option('-u, --user <user>', 'User, as name or number, with :GROUP or without; default: that of the container')
  return withUnbuilt(command, unbuiltFlags).action(async (text: string, words: readonly string[], flags: Flags) => {
    throw new ExitStatus(await withOwnFailures(() => execute(text, words, flags, invocation)))
  })
}

const unbuiltFlags: UnbuiltFlags = {
  '--detach-keys': 'Ctrl-P Ctrl-Q detaches.',
  '--privileged': 'A command has the capabilities of its container; see "tsreg run --cap-add".',
}

async function execute(text: string, words: readonly string[], flags: Flags, invocation: Invocation): Promise<number> {
  const { env } = invocation
  const isDetached = flags.detach === true
  const terminal = flags.tty === true
  const options = { terminal, stdin: flags.interactive === true && !isDetached }
  if (!isDetached) checkTerminal(options, invocation)
  const [{ execInContainer, findContainer }, { relaySignals }] = await Promise.all([
    import('@tsreg/runtime'),
    import('../foreground/signals.ts'),
  ])
  const variables = [
    ...(flags.envFile ?? []).flatMap((path) => readEnvFile(path, env)),
    ...(flags.env ?? []).flatMap((variable) => parseEnv(variable, env)),
  ]
  await using session = await openSession(invocation)
  const directory = containersDirectory(session.config)
  const container = await findContainer(directory, text)
  using signals = relaySignals(invocation)
  const started = await execInContainer({ directory }, container, {
    args: words,
    env: variables,
    cwd: flags.workdir === undefined ? undefined : parseWorkdir(flags.workdir),
    user: flags.user,
    ...options,
    terminalSize: sizeOfTerminal(invocation),
    attach: !isDetached,
  })
  if (started.attachment === undefined) return exitCodes.ok.code
  signals.deliverTo(started.process)
  try {
    const end = await runInForeground(started.attachment, options, invocation, signals)
    return end === 'detached' ? exitCodes.ok.code : await started.ended()
  } catch (error) {
    // As the kernel tells a program whose reader is gone.
    if (!(error instanceof Interruption)) signals.send('SIGPIPE')
    throw error
  }
}

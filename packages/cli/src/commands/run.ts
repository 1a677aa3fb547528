/**
 * `tsreg run`
 * @module
 */
import type { CreatedContainer, RuntimeContext } from '@tsreg/runtime'
import type { Command } from 'commander'
import { openContainers } from '../containers.ts'
import { reportOf } from '../errors.ts'
import { exitCodes } from '../exit-codes.ts'
import { ExitStatus, FailedWith } from '../exit-status.ts'
import { checkTerminal, sizeOfTerminal } from '../foreground/foreground.ts'
import { type Invocation, print } from '../invocation.ts'
import { createOptionsOf, type RunFlags, withRunFlags } from '../run-flags.ts'
import { openSession } from '../session.ts'
import { type RemoteFlags, verb, withRemote } from '../verb.ts'

type Flags = RunFlags & RemoteFlags & { readonly detach?: boolean }

export function run(invocation: Invocation): Command {
  const command = verb('run', 'Run a command in a new container', [
    ['tsreg run --rm debian:13 cat /etc/os-release', 'In the foreground; nothing of it stays'],
    ['tsreg run -it debian:13 bash', 'With a terminal'],
    ['tsreg run -d --name web -v /srv/www:/www:ro web:v1', 'In the background, with a directory of this machine'],
    ['tsreg run --network none --memory 256m --cap-drop ALL app:v1', 'Without a network, limited'],
  ])
    .argument('<image>', 'Image, or the first digits of its ID; pulled when it is not here')
    .argument('[command...]', "Command and arguments; default: the image's")
    .passThroughOptions()
    .option('-d, --detach', 'In the background: print the ID and return')
  return withRemote(withRunFlags(command)).action(async (image: string, words: readonly string[], flags: Flags) => {
    throw new ExitStatus(await withOwnFailures(() => runContainer(image, words, flags, invocation)))
  })
}

/** A failure before the container's command ran has one exit code for all, but for a command that cannot be run. */
export async function withOwnFailures<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    if (error instanceof ExitStatus) throw error
    const { code } = reportOf(error)
    const isCommand = code === 'COMMAND_NOT_FOUND' || code === 'COMMAND_NOT_EXECUTABLE' || code === 'ABORTED'
    throw isCommand ? error : new FailedWith(exitCodes.container.code, error)
  }
}

async function runContainer(
  image: string,
  words: readonly string[],
  flags: Flags,
  invocation: Invocation,
): Promise<number> {
  const options = createOptionsOf(flags, words, invocation)
  const foreground = { terminal: flags.tty === true, stdin: flags.interactive === true }
  if (flags.detach !== true) checkTerminal(foreground, invocation)
  const [{ createContainer, startContainer, sweep }, { imageForContainer }, { attend }, { relaySignals }] =
    await Promise.all([
      import('@tsreg/runtime'),
      import('../container-image.ts'),
      import('../foreground/attend.ts'),
      import('../foreground/signals.ts'),
    ])
  await using session = await openSession(invocation, flags)
  const context = await openContainers(session)
  await sweep(context)
  const found = await imageForContainer(session, context.snapshotter, image, flags, invocation)
  invocation.signal.throwIfAborted()
  const created = await createContainer(context, { ...options, image: found })
  using claim = created.claim
  const { record } = created
  const isDetached = flags.detach === true
  using signals = relaySignals(invocation)
  const started = await startContainer(context, record, {
    attach: !isDetached,
    keepInput: isDetached,
    terminalSize: sizeOfTerminal(invocation),
  }).catch(async (error: unknown) => {
    await removeUnstarted(context, created)
    throw error
  })
  if (!isDetached) return await attend(context, { record, started, claim }, foreground, invocation, signals)
  if (!record.host.autoRemove) claim.keep()
  await print(invocation.stdout, `${record.id}\n`)
  return exitCodes.ok.code
}

/** One of `--rm` is removed; another stays, as docker's does, and can be looked at. */
async function removeUnstarted(context: RuntimeContext, { record, claim }: CreatedContainer): Promise<void> {
  const { clearAway } = await import('@tsreg/runtime')
  if (record.host.autoRemove) await clearAway(context, record.id)
  claim.keep()
}

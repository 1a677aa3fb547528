/**
 * Containers as the verbs see them: where they are, and which one the user means.
 * @module
 */
import type { Container, RuntimeContext } from '@tsreg/runtime'
import type { ClientConfig } from './config.ts'
import type { Invocation } from './invocation.ts'
import { openSession, type Session } from './session.ts'

/** The directory with all containers, for what needs no root file systems. */
export function containersDirectory({ home }: ClientConfig): string {
  return `${home}/containers`
}

/** Everything that an operation on containers is given. */
export async function openContainers({ config, snapshots }: Session): Promise<RuntimeContext> {
  return {
    directory: containersDirectory(config),
    snapshotter: await snapshots(),
    // As this process was started: whoever ends the container last runs it with the same home.
    reaper: ['/usr/bin/env', `TSREG_HOME=${config.home}`, process.execPath, ...ownWords(), 'container-ended'],
  }
}

function ownWords(): readonly string[] {
  return ['--disable-warning=ExperimentalWarning', process.argv[1] ?? '']
}

/**
 * Runs `act` for each of the containers and prints what was typed, as docker does; those that fail are told, and the others
 * go on.
 * @throws CliError PARTIAL, or the failure when there was one container
 */
export async function forEachContainer(
  texts: readonly string[],
  invocation: Invocation,
  act: (container: Container, context: RuntimeContext, session: Session) => Promise<string | undefined>,
): Promise<void> {
  const [{ findContainer }, { print }, { CliError, reportOf }] = await Promise.all([
    import('@tsreg/runtime'),
    import('./invocation.ts'),
    import('./errors.ts'),
  ])
  await using session = await openSession(invocation)
  const context = await openContainers(session)
  const failures: unknown[] = []
  for (const text of texts) {
    try {
      const line = await act(await findContainer(context.directory, text), context, session)
      await print(invocation.stdout, `${line ?? text}\n`)
    } catch (error) {
      invocation.signal.throwIfAborted()
      failures.push(error)
    }
  }
  if (failures.length === 0) return
  if (texts.length === 1) throw failures[0]
  const messages = failures.map((failure) => reportOf(failure).message)
  for (const message of messages.slice(0, -1)) await print(invocation.stderr, `Error: ${message}\n`)
  throw new CliError('PARTIAL', messages.at(-1) ?? '')
}

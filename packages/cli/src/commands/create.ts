/**
 * `tsreg create`
 * @module
 */
import type { Command } from 'commander'
import { openContainers } from '../containers.ts'
import { type Invocation, print } from '../invocation.ts'
import { createOptionsOf, type RunFlags, withRunFlags } from '../run-flags.ts'
import { openSession } from '../session.ts'
import { type RemoteFlags, verb, withRemote } from '../verb.ts'
import { withOwnFailures } from './run.ts'

type Flags = RunFlags & RemoteFlags

export function create(invocation: Invocation): Command {
  const command = verb('create', 'Make a container without starting it', [
    ['tsreg create --name web -v /srv/www:/www:ro web:v1', 'Prints its ID; "tsreg start web" runs it'],
    ['tsreg create -it --name shell debian:13 bash', 'With a terminal, for "tsreg start -ai shell"'],
  ])
    .argument('<image>', 'Image, or the first digits of its ID; pulled when it is not here')
    .argument('[command...]', "Command and arguments; default: the image's")
    .passThroughOptions()
  return withRemote(withRunFlags(command)).action((image: string, words: readonly string[], flags: Flags) =>
    withOwnFailures(() => makeContainer(image, words, flags, invocation)),
  )
}

async function makeContainer(
  image: string,
  words: readonly string[],
  flags: Flags,
  invocation: Invocation,
): Promise<void> {
  const options = createOptionsOf(flags, words, invocation)
  const [{ createContainer, sweep }, { imageForContainer }] = await Promise.all([
    import('@tsreg/runtime'),
    import('../container-image.ts'),
  ])
  await using session = await openSession(invocation, flags)
  const context = await openContainers(session)
  await sweep(context)
  const found = await imageForContainer(session, context.snapshotter, image, flags, invocation)
  const { record, claim } = await createContainer(context, { ...options, image: found })
  // One of --rm as well: it goes when it has run.
  claim.keep()
  await print(invocation.stdout, `${record.id}\n`)
}

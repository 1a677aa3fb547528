/**
 * What the build engine is given by the command.
 * @module
 */
import type { BuildSurroundings } from '@tsreg/builder'
import type { Snapshotter } from '@tsreg/image/snapshot'
import { containersDirectory } from '../containers.ts'
import type { Invocation } from '../invocation.ts'
import { type Session, snapshotsIn } from '../session.ts'
import { baseImages } from './base-images.ts'
import type { BuildFlags } from './build-flags.ts'
import type { BuildInputs } from './build-inputs.ts'
import type { Teller } from './teller.ts'

export interface SurroundingsOptions {
  readonly session: Session
  readonly inputs: BuildInputs
  readonly teller: Teller
  readonly flags: BuildFlags
  readonly invocation: Invocation
  readonly cacheDirectory: string
}

export async function surroundingsOf(options: SurroundingsOptions): Promise<BuildSurroundings> {
  const { session, inputs, teller, flags, invocation, cacheDirectory } = options
  const { openBuildCache } = await import('@tsreg/builder')
  const { home } = session.config
  const images = await session.images()
  const directory = containersDirectory(session.config)
  let opened: Promise<Snapshotter> | undefined
  return {
    images,
    snapshotter() {
      opened ??= openSnapshots(home, directory)
      return opened
    },
    cache: await openBuildCache(cacheDirectory, images),
    runStep: async (step) => (await import('@tsreg/runtime')).runStep(step),
    containersDirectory: directory,
    findImage: baseImages(
      session,
      { ...invocation, stdout: teller.stream },
      { pulls: flags.pull === true, quiet: teller.stream !== invocation.stdout },
    ),
    context: inputs.context,
    stdout: teller.output,
    stderr: teller.output,
    onEvent: teller.onEvent,
  }
}

/** What a killed build or container left is cleared away before something new is made. */
async function openSnapshots(home: string, directory: string): Promise<Snapshotter> {
  const [{ openSnapshotter }, { sweep }] = await Promise.all([
    import('@tsreg/image/snapshot'),
    import('@tsreg/runtime'),
  ])
  const snapshotter = await openSnapshotter(snapshotsIn(home))
  await sweep({ directory, snapshotter })
  return snapshotter
}

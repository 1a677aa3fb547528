/**
 * What the build engine is given by the command.
 * @module
 */
import { join } from 'node:path'
import type { BuildSurroundings } from '@tsreg/builder'
import type { Snapshotter } from '@tsreg/image/snapshot'
import type { Invocation } from '../invocation.ts'
import type { Session } from '../session.ts'
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
  const containersDirectory = join(home, 'containers')
  let opened: Promise<Snapshotter> | undefined
  return {
    images,
    snapshotter() {
      opened ??= openSnapshots(home)
      return opened
    },
    cache: await openBuildCache(cacheDirectory, images),
    runStep: async (step) => (await import('@tsreg/runtime')).runStep(step),
    containersDirectory,
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

async function openSnapshots(home: string): Promise<Snapshotter> {
  const { openSnapshotter } = await import('@tsreg/image/snapshot')
  return openSnapshotter(join(home, 'snapshots'))
}

/**
 * The image that a container is made from: a local one, or one that is pulled for it, unpacked either way.
 * @module
 */
import type { Snapshotter } from '@tsreg/image/snapshot'
import { parsePlatform } from '@tsreg/oci'
import { chainIds } from '@tsreg/oci/image'
import type { CreateOptions } from '@tsreg/runtime'
import { CliError } from './errors.ts'
import { type Invocation, print } from './invocation.ts'
import { findLocalImage } from './local-image.ts'
import { createProgress, settle } from './output/progress.ts'
import type { RunFlags } from './run-flags.ts'
import type { Session } from './session.ts'

/**
 * @throws IMAGE_UNKNOWN when it is nowhere, or `--pull never` and not here
 */
export async function imageForContainer(
  session: Session,
  snapshotter: Snapshotter,
  text: string,
  flags: Pick<RunFlags, 'pull' | 'platform' | 'quiet'>,
  invocation: Invocation,
): Promise<CreateOptions['image']> {
  const { signal } = invocation
  const { readImage } = await import('@tsreg/image')
  const root = await localRoot(session, text, flags, invocation)
  const images = await session.images()
  const platform = flags.platform === undefined ? undefined : parsePlatform(flags.platform)
  const { manifest, config } = await readImage(images, root, { signal, platform })
  if (config === undefined) throw new CliError('IMAGE_UNKNOWN', `${text} is no image that could run`)
  const diffIds = config.rootfs.diff_ids
  const chain = chainIds(diffIds).at(-1)
  if (chain !== undefined && !(await snapshotter.has(chain))) {
    const { unpackImage } = await import('./unpack-image.ts')
    // Seconds, for a large image: a terminal shows how far it is. Elsewhere `run` says nothing of its own.
    const quiet = flags.quiet === true || invocation.stderr.isTTY !== true
    const progress = createProgress(invocation.stderr, { quiet, env: invocation.env })
    await settle(progress, () => unpackImage(session, root, { progress, platform: flags.platform, signal }))
  }
  return { id: manifest.config.digest, name: text, config: config.config, parent: chain }
}

async function localRoot(
  session: Session,
  text: string,
  flags: Pick<RunFlags, 'pull' | 'platform' | 'quiet'>,
  invocation: Invocation,
) {
  const images = await session.images()
  const find = async () => (await findLocalImage(session, images, text, invocation)).image.root
  if (flags.pull === 'always') {
    await pullQuietly(session, text, flags, invocation)
    return find()
  }
  const { isImageError } = await import('@tsreg/image')
  try {
    return await find()
  } catch (error) {
    const isUnknown =
      isImageError(error, 'IMAGE_UNKNOWN') || (error instanceof CliError && error.code === 'IMAGE_UNKNOWN')
    if (!isUnknown || flags.pull === 'never') throw error
  }
  // Before anything is said: see hand-over.ts.
  await import('./pull-image.ts')
  await print(invocation.stderr, `Unable to find image '${session.show(session.reference(text))}' locally\n`)
  await pullQuietly(session, text, flags, invocation)
  return find()
}

/** Standard output belongs to the container. */
async function pullQuietly(
  session: Session,
  text: string,
  { platform, quiet }: Pick<RunFlags, 'platform' | 'quiet'>,
  { signal, stderr, env }: Invocation,
): Promise<void> {
  const flags = {
    unpack: true,
    tellsReference: false,
    ...(platform === undefined ? {} : { platform }),
    ...(quiet === undefined ? {} : { quiet }),
  }
  const { pullImage } = await import('./pull-image.ts')
  await pullImage(session, text, flags, { signal, stdout: stderr, env })
}

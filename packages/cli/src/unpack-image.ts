/**
 * Unpacking a local image, with a row per layer.
 * @module
 */
import { type Descriptor, OciError, parsePlatform, shortId } from '@tsreg/oci'
import type { Progress } from './output/progress.ts'
import type { Session } from './session.ts'
import type { PlatformFlag } from './verb.ts'

export interface UnpackFlags {
  readonly platform?: PlatformFlag['platform'] | undefined
  readonly progress: Progress
  readonly signal: AbortSignal
}

/**
 * Brings the layers of the image in place, those that are not yet.
 * @param target a manifest, or an index, of which the image for the platform is unpacked
 * @throws MANIFEST_INVALID for what is no image
 */
export async function unpackImage(
  session: Session,
  target: Descriptor,
  { progress, platform, signal }: UnpackFlags,
): Promise<void> {
  const [{ readImage }, images, snapshots] = await Promise.all([
    import('@tsreg/image'),
    session.images(),
    session.snapshots(),
  ])
  const wanted = platform === undefined ? {} : { platform: parsePlatform(platform) }
  const { manifest, config } = await readImage(images, target, { ...wanted, signal })
  if (config === undefined) {
    throw new OciError(
      'MANIFEST_INVALID',
      `${target.digest} is not an image of a root file system: nothing to unpack`,
      {
        detail: { digest: target.digest, configType: manifest.config.mediaType },
      },
    )
  }
  const done = new Map<string, number>()
  await snapshots.unpack(
    images,
    { layers: manifest.layers, diffIds: config.rootfs.diff_ids },
    {
      signal,
      onProgress({ digest, size }, { bytes, done: isDone }) {
        const sum = (done.get(digest) ?? 0) + bytes
        done.set(digest, sum)
        if (isDone) progress.row(shortId(digest), 'Unpacked')
        else progress.row(shortId(digest), 'Extracting', { done: sum, total: size })
      },
    },
  )
}

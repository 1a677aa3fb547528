/**
 * Unpacking a local image, with a row per layer.
 * @module
 */
import type { LayerStack } from '@tsreg/image/snapshot'
import { type Descriptor, OciError, parsePlatform, shortId } from '@tsreg/oci'
import type { Fetcher } from '@tsreg/oci/content'
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
  const [{ readImage }, images] = await Promise.all([import('@tsreg/image'), session.images()])
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
  const stack = { layers: manifest.layers, diffIds: config.rootfs.diff_ids }
  await unpackLayers(session, images, stack, { progress, signal })
}

/** Brings the layers in place, those that are not yet. @param content where the layers are fetched from */
export async function unpackLayers(
  session: Session,
  content: Fetcher,
  stack: LayerStack,
  { progress, signal }: Pick<UnpackFlags, 'progress' | 'signal'>,
): Promise<void> {
  const snapshots = await session.snapshots()
  const done = new Map<string, number>()
  await snapshots.unpack(content, stack, {
    signal,
    onProgress({ digest, size }, { bytes, done: isDone }) {
      const sum = (done.get(digest) ?? 0) + bytes
      done.set(digest, sum)
      if (isDone) progress.row(shortId(digest), 'Unpacked')
      else progress.row(shortId(digest), 'Extracting', { done: sum, total: size })
    },
  })
}

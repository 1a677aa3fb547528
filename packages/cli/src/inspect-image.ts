/**
 * Looking at images: local ones, and those that a registry holds.
 * @module
 */
import {
  type Descriptor,
  formatReference,
  hostPlatform,
  isImageConfigType,
  isIndexType,
  parsePlatform,
  parseReference,
} from '@tsreg/oci'
import { fetchContent, fetchManifest, selectPlatform } from '@tsreg/oci/content'
import { CliError } from './errors.ts'
import { type InspectedImage, inspectedImage } from './inspected-image.ts'
import type { Invocation } from './invocation.ts'
import { findLocalImage } from './local-image.ts'
import { findRemoteImage, type RemoteImage } from './remote-image.ts'
import type { Session } from './session.ts'
import type { PlatformFlag } from './verb.ts'

/** @throws IMAGE_UNKNOWN, AMBIGUOUS_ID */
export async function inspectLocal(
  session: Session,
  text: string,
  { platform }: PlatformFlag,
  { signal }: Invocation,
): Promise<InspectedImage> {
  const { listImages, readImage } = await import('@tsreg/image')
  const images = await session.images()
  const { image } = await findLocalImage(session, images, text, { signal })
  const content = await readImage(images, image.root, {
    signal,
    platform: platform === undefined ? undefined : parsePlatform(platform),
  })
  const rows = (await listImages(images, { signal })).filter(({ root }) => root.digest === image.root.digest)
  return inspectedImage({
    root: image.root,
    ...content,
    repoTags: rows.flatMap(({ reference, tag }) =>
      reference === undefined || tag === undefined ? [] : [session.show(parseReference(reference))],
    ),
    repoDigests: [
      ...new Set(
        rows.flatMap(({ repository, root }) =>
          repository === undefined ? [] : [session.show({ ...parseReference(repository), digest: root.digest })],
        ),
      ),
    ],
  })
}

/** Without pulling it. @throws IMAGE_UNKNOWN, what the registry answers */
export async function inspectRemote(
  session: Session,
  text: string,
  flags: PlatformFlag,
  invocation: Invocation,
): Promise<InspectedImage> {
  const { signal } = invocation
  const image = await findRemoteImage(session, text, invocation)
  const { reference, repository, descriptor: root, tags } = image
  const descriptor = await imageManifestOf(image, flags, signal)
  const { manifest } = await fetchManifest(repository, descriptor, { signal })
  if (manifest.kind !== 'image') throw new CliError('IMAGE_UNKNOWN', `${formatReference(reference)} holds no image`)
  const names = reference.tag === undefined ? tags : [reference.tag]
  const bare = { registry: reference.registry, repository: reference.repository }
  return inspectedImage({
    root,
    descriptor,
    manifest,
    config: isImageConfigType(manifest.config.mediaType) ? await configOf(image, manifest.config, signal) : undefined,
    repoTags: names.map((tag) => session.show({ ...bare, tag })),
    repoDigests: [session.show({ ...bare, digest: root.digest })],
  })
}

async function configOf({ repository }: RemoteImage, config: Descriptor, signal: AbortSignal) {
  const { parseImageConfig } = await import('@tsreg/oci/image')
  return parseImageConfig(await fetchContent(repository, config, { signal }))
}

/** Of an index the manifest of the platform asked for, else of this machine, else the first. */
async function imageManifestOf(
  { repository, descriptor }: RemoteImage,
  { platform }: PlatformFlag,
  signal: AbortSignal,
): Promise<Descriptor> {
  if (!isIndexType(descriptor.mediaType)) return descriptor
  if (platform !== undefined) return selectPlatform(repository, descriptor, parsePlatform(platform), { signal })
  try {
    return await selectPlatform(repository, descriptor, hostPlatform(), { signal })
  } catch (error) {
    const { manifest } = await fetchManifest(repository, descriptor, { signal })
    const [first] = manifest.kind === 'index' ? manifest.manifests : []
    if (first === undefined) throw error
    return first
  }
}

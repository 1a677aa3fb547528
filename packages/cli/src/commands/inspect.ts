/**
 * `tsreg inspect`: always a JSON array, as docker's.
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
import type { Command } from 'commander'
import { CliError, reportOf } from '../errors.ts'
import { type InspectedImage, inspectedImage } from '../inspected-image.ts'
import { type Invocation, print } from '../invocation.ts'
import { findLocalImage } from '../local-image.ts'
import { printJson } from '../output/json.ts'
import { formatRows } from '../output/template.ts'
import { findRemoteImage, type RemoteImage } from '../remote-image.ts'
import { openSession, type Session } from '../session.ts'
import {
  type FormatFlag,
  type JsonFlag,
  type PlatformFlag,
  type RemoteFlags,
  verb,
  withFormat,
  withJson,
  withPlatform,
  withRemote,
} from '../verb.ts'

type Flags = JsonFlag & FormatFlag & PlatformFlag & RemoteFlags & { readonly remote?: boolean }

export function inspect(invocation: Invocation): Command {
  const command = verb('inspect', 'Show all about images, as a JSON array', [
    ['tsreg inspect debian:13', 'A local image'],
    ['tsreg inspect --remote debian:13 --platform linux/arm64', 'One in its registry, without pulling it'],
    ["tsreg inspect --format '{{.Id}} {{.ManifestDigest}}' debian:13", 'Single fields'],
  ])
    .argument('<image...>', 'Images, or the first digits of their IDs')
    .option('--remote', 'Look in the registry instead of the local images')
  withPlatform(withFormat(command, '{{.Id}}'), 'Of an index the image for this platform')
  return withJson(withRemote(command)).action(async (texts: readonly string[], flags: Flags) => {
    const { stdout, stderr } = invocation
    await using session = await openSession(invocation, flags)
    const found: InspectedImage[] = []
    const failures: unknown[] = []
    for (const text of texts) {
      try {
        found.push(await (flags.remote ? inspectRemote : inspectLocal)(session, text, flags, invocation))
      } catch (error) {
        invocation.signal.throwIfAborted()
        failures.push(error)
      }
    }
    const [first] = failures
    if (texts.length === 1 && first !== undefined) throw first
    if (flags.format !== undefined && flags.format !== 'json') await print(stdout, formatRows(flags.format, found))
    else if (failures.length === 0 || !flags.json) await printJson(stdout, found)
    if (failures.length === 0) return
    const messages = failures.map((failure) => reportOf(failure).message)
    if (!flags.json) for (const message of messages.slice(0, -1)) await print(stderr, `Error: ${message}\n`)
    throw new CliError('PARTIAL', flags.json ? messages.join('; ') : (messages.at(-1) ?? ''), {
      detail: { found },
    })
  })
}

async function inspectLocal(
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

async function inspectRemote(
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

/**
 * Sends an image to a registry: a local one, or one from a layout or an archive. Only who pushes loads it.
 * @module
 */
import { existsSync } from 'node:fs'
import type { LocalImage } from '@tsreg/image'
import {
  type Descriptor,
  type Digest,
  formatReference,
  parsePlatform,
  parseReference,
  type Reference,
  shortId,
} from '@tsreg/oci'
import { copy, fetchContent, fetchManifest, type ReadOnlyTarget, selectPlatform } from '@tsreg/oci/content'
import { CliError } from './errors.ts'
import { type Invocation, print } from './invocation.ts'
import { findLocalImage } from './local-image.ts'
import { type MountSource, mountSources } from './mount-sources.ts'
import { printJson } from './output/json.ts'
import { createProgress, settle } from './output/progress.ts'
import { openSession, type Session } from './session.ts'
import { isLayer, pushWords, type Transfer, watchTransfer } from './transfer.ts'
import type { JsonFlag, PlatformFlag, QuietFlag, RemoteFlags } from './verb.ts'

export type PushFlags = JsonFlag & QuietFlag & PlatformFlag & RemoteFlags

/** What `tsreg push` does and prints. */
export async function pushFrom(
  invocation: Invocation,
  from: string,
  to: string | undefined,
  flags: PushFlags,
): Promise<void> {
  await using session = await openSession(invocation, flags)
  await using source = await openPushSource(session, from, to, invocation)
  const result = await pushOne(session, source, flags, invocation)
  if (flags.json) await printJson(invocation.stdout, result)
}

/** Sends the local image of this name to the registry that the name says. */
export async function pushImage(
  session: Session,
  name: string,
  flags: JsonFlag & QuietFlag,
  invocation: Invocation,
): Promise<PushResult> {
  await using source = await openLocalSource(session, name, undefined, invocation)
  return pushOne(session, source, flags, invocation)
}

interface PushSource extends AsyncDisposable {
  readonly target: ReadOnlyTarget
  readonly descriptor: Descriptor
  readonly destination: Reference
  /** Repositories of the destination's registry that are likely to hold the blobs already. */
  readonly mountFrom: MountSource | undefined
}

async function openPushSource(
  session: Session,
  from: string,
  to: string | undefined,
  invocation: Invocation,
): Promise<PushSource> {
  const { parseSource } = await import('@tsreg/image')
  if (parseSource(from) !== undefined) return openOutsideSource(session, from, to, invocation)
  try {
    return await openLocalSource(session, from, to, invocation)
  } catch (error) {
    // `push image.tar app:v1`: a file of the current directory, as long as no image is called so.
    const isUnknown = error instanceof CliError && error.code === 'IMAGE_UNKNOWN'
    if (isUnknown && existsSync(from)) return openOutsideSource(session, `./${from}`, to, invocation)
    throw error
  }
}

async function openOutsideSource(
  session: Session,
  from: string,
  to: string | undefined,
  { signal }: Invocation,
): Promise<PushSource> {
  if (to === undefined) {
    throw new CliError('USAGE', `where to push ${from}? A destination is needed`, {
      advice: `Write "tsreg push ${from} REPOSITORY[:TAG]".`,
    })
  }
  const destination = session.reference(to)
  const { openSource } = await import('@tsreg/image')
  const source = await openSource(from, { signal })
  try {
    const descriptor = await source.target.resolve(source.reference, { signal })
    const dispose = () => source[Symbol.asyncDispose]()
    return { target: source.target, descriptor, destination, mountFrom: undefined, [Symbol.asyncDispose]: dispose }
  } catch (error) {
    await source[Symbol.asyncDispose]()
    throw error
  }
}

async function openLocalSource(
  session: Session,
  from: string,
  to: string | undefined,
  invocation: Invocation,
): Promise<PushSource> {
  const { listImages } = await import('@tsreg/image')
  const images = await session.images()
  const { image, by } = await findLocalImage(session, images, from, invocation)
  const destination = to === undefined ? ownName(session, image, by, from) : session.reference(to)
  const all = await listImages(images, { signal: invocation.signal })
  return {
    target: images,
    descriptor: image.root,
    destination,
    mountFrom: await mountSources(images, all, destination, invocation.signal),
    async [Symbol.asyncDispose]() {},
  }
}

/** The name that was typed; by ID, the only name that the image has. */
function ownName(session: Session, image: LocalImage, by: 'name' | 'id', typed: string): Reference {
  if (by === 'name' && image.reference !== undefined) return parseReference(image.reference)
  throw new CliError('USAGE', `where to push ${typed}? An ID names no repository`, {
    advice:
      image.reference === undefined
        ? `Write "tsreg push ${typed} REPOSITORY[:TAG]".`
        : `Write "tsreg push ${session.show(parseReference(image.reference))}", or name a destination after the ID.`,
  })
}

/** What a push did. */
export interface PushResult {
  readonly reference: string
  readonly digest: Digest
  readonly mediaType: string
  readonly size: number
  readonly transferredBytes: number
  readonly layers: Transfer['layers']
}

async function pushOne(
  session: Session,
  source: PushSource,
  flags: PushFlags,
  invocation: Invocation,
): Promise<PushResult> {
  const { signal, stdout, env } = invocation
  const { destination, target, mountFrom } = source
  const descriptor =
    flags.platform === undefined
      ? source.descriptor
      : await selectPlatform(target, source.descriptor, parsePlatform(flags.platform), { signal })
  const remote = (await session.registry(destination.registry)).repository(destination.repository)
  if (destination.digest !== undefined && destination.digest !== descriptor.digest) {
    throw new CliError('USAGE', `the destination names ${destination.digest}, but the image is ${descriptor.digest}`, {
      advice: 'Name a tag, or only the repository.',
    })
  }
  const progress = createProgress(stdout, { quiet: flags.quiet === true || flags.json === true, env })
  progress.line(`The push refers to repository [${destination.registry}/${destination.repository}]`)
  const rows = await layerRows(target, descriptor, signal)
  const transfer = watchTransfer(progress, pushWords, ({ digest }) => rows.get(digest) ?? shortId(digest))
  const pushed = await settle(progress, async () => {
    for (const row of rows.values()) progress.row(row, pushWords.start)
    const copied = await copy(target, descriptor.digest, remote, {
      signal,
      tag: destination.digest === undefined ? destination.tag : undefined,
      mountFrom,
      // A local image may hold one platform of an index.
      sparse: true,
      onProgress: transfer.onProgress,
    })
    // A manifest that is there already is not looked into: its layers are there as well.
    const seen = new Set(transfer.layers.map(({ digest }) => digest))
    for (const [digest, row] of rows) if (!seen.has(digest)) progress.row(row, pushWords.exists)
    return copied
  })
  progress.line(`${destination.tag ?? 'manifest'}: digest: ${pushed.digest} size: ${pushed.size}`)
  if (flags.quiet && !flags.json) await print(stdout, `${pushed.digest}\n`)
  return {
    reference: formatReference(destination),
    digest: pushed.digest,
    mediaType: pushed.mediaType,
    size: pushed.size,
    transferredBytes: transfer.bytes,
    layers: transfer.layers,
  }
}

/** Names of the rows by the digest of the layer, the base first: as docker, the short diff ID where the config tells it. */
async function layerRows(
  source: ReadOnlyTarget,
  descriptor: Descriptor,
  signal: AbortSignal,
): Promise<ReadonlyMap<string, string>> {
  const { manifest } = await fetchManifest(source, descriptor, { signal })
  if (manifest.kind !== 'image') return new Map()
  const diffIds = await diffIdsOf(source, manifest.config, signal)
  return new Map(
    manifest.layers
      .filter(isLayer)
      .map(({ digest }, index) => [
        digest,
        shortId(diffIds.length === manifest.layers.length ? (diffIds[index] ?? digest) : digest),
      ]),
  )
}

async function diffIdsOf(source: ReadOnlyTarget, config: Descriptor, signal: AbortSignal): Promise<readonly Digest[]> {
  const [{ parseImageConfig }, { isImageConfigType }] = await Promise.all([
    import('@tsreg/oci/image'),
    import('@tsreg/oci'),
  ])
  if (!isImageConfigType(config.mediaType)) return []
  return parseImageConfig(await fetchContent(source, config, { signal })).rootfs.diff_ids
}

/**
 * Fetching one image from a registry into the local images, for every verb that needs one.
 * @module
 */
import type { Layout } from '@tsreg/image'
import {
  type Descriptor,
  formatReference,
  hostPlatform,
  isOciError,
  parsePlatform,
  parseReference,
  type Reference,
} from '@tsreg/oci'
import { copy, type ReadOnlyTarget } from '@tsreg/oci/content'
import { CliError } from './errors.ts'
import { type Invocation, print } from './invocation.ts'
import { createProgress, type Progress, settle } from './output/progress.ts'
import { findRemoteImage, type RemoteImage } from './remote-image.ts'
import type { Session } from './session.ts'
import { pullWords, type Transfer, watchTransfer } from './transfer.ts'
import { unpackArriving } from './unpack-arriving.ts'
import { unpackImage } from './unpack-image.ts'
import type { JsonFlag, PlatformFlag, QuietFlag } from './verb.ts'

/** What a pull did. */
export interface PullResult {
  readonly reference: string
  /** Of what is kept: the image manifest, or with `--all-platforms` the index. */
  readonly digest: string
  /** Of what the registry has under the reference. */
  readonly remoteDigest: string
  readonly status: 'downloaded' | 'up-to-date'
  readonly transferredBytes: number
  readonly layers: Transfer['layers']
}

export interface PullFlags extends JsonFlag, QuietFlag, PlatformFlag {
  readonly allPlatforms?: boolean
  /** Also brings its layers in place. @default false */
  readonly unpack?: boolean
  /** Print the reference at the end. @default true */
  readonly tellsReference?: boolean
}

/** Fewer transfers at a time than usual: the first layers come sooner, and are unpacked while the others come. */
const whileUnpacking = 3

/** Fetches one image and names it; what it tells goes to `invocation.stdout`. */
export async function pullImage(
  session: Session,
  text: string,
  flags: PullFlags,
  invocation: Pick<Invocation, 'stdout' | 'env' | 'signal'>,
): Promise<PullResult> {
  const { signal, stdout, env } = invocation
  const quiet = flags.quiet === true || flags.json === true
  const progress = createProgress(stdout, { quiet, env })
  const image = await findRemoteImage(session, text, invocation)
  const names = localNames(image)
  const [first = formatReference(image.reference)] = names
  if (image.reference.tag === 'latest' && !text.endsWith(':latest')) progress.line('Using default tag: latest')
  progress.line(`${image.reference.tag ?? first}: Pulling from ${image.reference.repository}`)

  const images = await session.images()
  const earlier = await digestOf(images, first)
  const transfer = watchTransfer(progress, pullWords)
  const source = knowing(image.repository, image.descriptor)
  const arriving =
    flags.unpack && !flags.allPlatforms ? unpackArriving(session, source, { progress, signal }) : undefined
  const kept = await settle(progress, async () => {
    const copied = await copy(arriving?.source ?? source, image.descriptor.digest, images, {
      signal,
      platform: flags.allPlatforms ? undefined : wantedPlatform(flags),
      ...(arriving === undefined ? {} : { concurrency: whileUnpacking }),
      onProgress(event) {
        transfer.onProgress(event)
        arriving?.onProgress(event)
      },
    })
    for (const name of names) await images.tag(copied, name, { signal })
    return copied
  }).catch(async (error: unknown) => {
    await arriving?.abandon()
    throw withPlatformAdvice(error, flags)
  })
  if (flags.unpack) {
    await settle(progress, async () => {
      await arriving?.finish()
      await unpackImage(session, kept, { progress, signal, platform: flags.platform })
    })
  }

  const status = earlier === kept.digest ? 'up-to-date' : 'downloaded'
  tellOutcome(progress, session.show(parseReference(first)), image.descriptor, status)
  if (!flags.json && flags.tellsReference !== false) await print(stdout, `${first}\n`)
  return {
    reference: first,
    digest: kept.digest,
    remoteDigest: image.descriptor.digest,
    status,
    transferredBytes: transfer.bytes,
    layers: transfer.layers,
  }
}

function tellOutcome(progress: Progress, name: string, { digest }: Descriptor, status: PullResult['status']): void {
  progress.line(`Digest: ${digest}`)
  progress.line(
    status === 'up-to-date' ? `Status: Image is up to date for ${name}` : `Status: Downloaded newer image for ${name}`,
  )
}

/** What the image is called locally: as it was asked for; when it was found by its ID, by all its tags. */
function localNames({ reference, tags }: RemoteImage): readonly string[] {
  const { registry, repository } = reference
  if (reference.digest === undefined || tags.length === 0) return [nameOf(reference)]
  return tags.map((tag) => formatReference({ registry, repository, tag }))
}

/** Tag and digest together: the digest decides, and is the name. */
function nameOf({ registry, repository, tag, digest }: Reference): string {
  return formatReference({
    registry,
    repository,
    ...(digest !== undefined ? { digest } : tag !== undefined ? { tag } : {}),
  })
}

function wantedPlatform({ platform }: PlatformFlag) {
  return platform === undefined ? hostPlatform() : parsePlatform(platform)
}

/** The source with its answer to the one question that was asked already. */
function knowing(source: ReadOnlyTarget, descriptor: Descriptor): ReadOnlyTarget {
  return {
    resolve: async () => descriptor,
    fetch: (target, options) => source.fetch(target, options),
    exists: (target, options) => source.exists(target, options),
  }
}

async function digestOf(images: Layout, name: string): Promise<string | undefined> {
  try {
    return (await images.resolve(name)).digest
  } catch (error) {
    if (isOciError(error, 'MANIFEST_UNKNOWN')) return undefined
    throw error
  }
}

function withPlatformAdvice(error: unknown, { platform }: PlatformFlag): unknown {
  if (!isOciError(error, 'MANIFEST_UNKNOWN') || error.detail?.available === undefined) return error
  const { message } = error.cause instanceof Error ? error.cause : error
  return new CliError('IMAGE_UNKNOWN', message, {
    advice:
      platform === undefined
        ? 'Choose one with --platform, or take all with --all-platforms.'
        : 'Choose one of them with --platform.',
    detail: error.detail,
    cause: error,
  })
}

/**
 * Base images for a build: local ones, and others pulled.
 * @module
 */
import type { BuildSurroundings } from '@tsreg/builder'
import type { ImageContent } from '@tsreg/image'
import { formatPlatform, matchPlatform, type Platform } from '@tsreg/oci'
import { CliError } from '../errors.ts'
import type { Invocation } from '../invocation.ts'
import { pullImage } from '../pull-image.ts'
import type { Session } from '../session.ts'

export interface BaseImageOptions {
  /** Ask the registry also for what is there. */
  readonly pulls: boolean
  /** Print nothing of a pull. */
  readonly quiet: boolean
}

/** What `findImage` of a build is; each reference is looked for once. */
export function baseImages(
  session: Session,
  invocation: Pick<Invocation, 'stdout' | 'env' | 'signal'>,
  options: BaseImageOptions,
): BuildSurroundings['findImage'] {
  const found = new Map<string, Promise<ImageContent>>()
  return (reference, { platform }) => {
    const key = `${reference} ${platform === undefined ? '' : formatPlatform(platform)}`
    const known = found.get(key) ?? find(session, reference, platform, { ...options, invocation })
    found.set(key, known)
    return known
  }
}

interface FindOptions extends BaseImageOptions {
  readonly invocation: Pick<Invocation, 'stdout' | 'env' | 'signal'>
}

async function find(
  session: Session,
  reference: string,
  platform: Platform | undefined,
  { pulls, quiet, invocation }: FindOptions,
): Promise<ImageContent> {
  const local = await findLocal(session, reference, platform, invocation)
  // What was named by its ID is in no registry under a newer one.
  if (local !== undefined && (!pulls || local.by === 'id')) return local.content
  const flags = platform === undefined ? {} : { platform: formatPlatform(platform) }
  await pullImage(session, reference, { ...flags, quiet, tellsReference: false }, invocation)
  const pulled = await findLocal(session, reference, platform, invocation)
  if (pulled !== undefined) return pulled.content
  throw new CliError('IMAGE_UNKNOWN', `${reference} was pulled, and is gone again`)
}

/** Undefined when there is none of that name, or none for the platform that was asked for. */
async function findLocal(
  session: Session,
  reference: string,
  platform: Platform | undefined,
  { signal }: Pick<Invocation, 'signal'>,
): Promise<{ readonly content: ImageContent; readonly by: 'name' | 'id' } | undefined> {
  const { isImageError, readImage, resolveImage } = await import('@tsreg/image')
  const images = await session.images()
  try {
    const { image, by } = await resolveImage(images, reference, { ...session.referenceOptions, platform, signal })
    const content = await readImage(images, image.root, { platform, signal })
    const { config, descriptor } = content
    const isFit = platform === undefined || config === undefined || fits(config, platform)
    return isFit ? { content, by } : refused(by, reference, platform, descriptor.digest)
  } catch (error) {
    if (isImageError(error, 'IMAGE_UNKNOWN')) return undefined
    throw error
  }
}

function fits({ os, architecture, variant }: Platform, wanted: Platform): boolean {
  const own = { os, architecture, ...(variant === undefined ? {} : { variant }) }
  return matchPlatform([{ platform: own }], wanted) !== undefined
}

/** Another one may be in the registry; of an ID there is no other. */
function refused(by: 'name' | 'id', reference: string, wanted: Platform | undefined, digest: string): undefined {
  if (by === 'name' || wanted === undefined) return undefined
  throw new CliError('IMAGE_UNKNOWN', `${reference} is not an image for ${formatPlatform(wanted)}`, {
    detail: { digest },
  })
}

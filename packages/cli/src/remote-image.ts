/**
 * From what the user typed to a manifest in a registry: a tag or a digest, else an image ID or manifest digest that
 * begins so. A tag wins over an ID.
 * @module
 */
import type { IdMatch, RemoteRegistry, RemoteRepository } from '@tsreg/client'
import {
  type Descriptor,
  encodedOf,
  formatReference,
  isOciError,
  manifestReference,
  OciError,
  type Reference,
  shortId,
  suggest,
} from '@tsreg/oci'
import { parseManifest } from '@tsreg/oci/image'
import { CliError } from './errors.ts'
import type { Invocation } from './invocation.ts'
import { idDigits } from './reference.ts'
import type { Session } from './session.ts'

export interface RemoteImage {
  /** Where it is; with the digest instead of a tag when it was found by an ID. */
  readonly reference: Reference
  readonly repository: RemoteRepository
  readonly descriptor: Descriptor
  /** Tags that the registry told, when it was found by an ID. */
  readonly tags: readonly string[]
}

type Lookup = Pick<Invocation, 'signal'>

/** @throws MANIFEST_UNKNOWN with the nearest tag as advice; CliError AMBIGUOUS_ID listing what begins so. */
export async function findRemoteImage(session: Session, text: string, lookup: Lookup): Promise<RemoteImage> {
  const digits = idDigits(text)
  // 64 digits are no repository name, but they are an ID.
  if (digits?.length === 64) {
    const host = session.config.registry
    const found = await findById(await session.registry(host), host, undefined, digits, lookup)
    if (found !== undefined) return found
    throw new CliError('IMAGE_UNKNOWN', `no image in ${host} has the ID ${text}`)
  }
  const reference = session.reference(text)
  const registry = await session.registry(reference.registry)
  const repository = registry.repository(reference.repository)
  try {
    const descriptor = await repository.resolve(manifestReference(reference), lookup)
    return { reference, repository, descriptor, tags: [] }
  } catch (error) {
    if (!isOciError(error, 'MANIFEST_UNKNOWN') && !isOciError(error, 'NAME_UNKNOWN')) throw error
    const found = await findByPrefix(registry, reference, text, lookup)
    if (found !== undefined) return found
    throw await unknownImage(error, repository, reference, session, lookup)
  }
}

/** `centos:4986bf8c` looks in the repository, `4986bf8c` and `host/4986bf8c` in all of the registry. */
async function findByPrefix(
  registry: RemoteRegistry,
  reference: Reference,
  text: string,
  lookup: Lookup,
): Promise<RemoteImage | undefined> {
  const { repository, tag, digest } = reference
  if (digest !== undefined || tag === undefined) return undefined
  const isBare = text === repository || text === `${reference.registry}/${repository}`
  const digits = idDigits(isBare ? repository : tag)
  if (digits === undefined) return undefined
  return findById(registry, reference.registry, isBare ? undefined : repository, digits, lookup)
}

async function findById(
  registry: RemoteRegistry,
  host: string,
  repositoryName: string | undefined,
  digits: string,
  lookup: Lookup,
): Promise<RemoteImage | undefined> {
  const where = repositoryName === undefined ? registry : registry.repository(repositoryName)
  const matches = await where.findId(digits, lookup).catch((error: unknown) => {
    // Other registries know no IDs; then there is only what the name said.
    if (isOciError(error, 'UNSUPPORTED')) return []
    throw error
  })
  const [first] = matches
  if (first === undefined) return undefined
  if (new Set(matches.map(({ digest }) => digest)).size > 1) throw ambiguous(digits, host, matches)
  const repository = registry.repository(first.repository)
  return {
    reference: { registry: host, repository: first.repository, digest: first.digest },
    repository,
    descriptor: await provenMatch(repository, first, digits, lookup),
    tags: first.tags,
  }
}

/**
 * The manifest of the match, which has the digits in its own digest or in that of its config: who types an ID means
 * those bytes, whatever the registry says.
 * @throws DIGEST_INVALID
 */
async function provenMatch(repository: RemoteRepository, { digest }: IdMatch, digits: string, lookup: Lookup) {
  const { descriptor, bytes } = await repository.fetchManifest(digest, lookup)
  const manifest = parseManifest(bytes, descriptor.mediaType)
  const ids = [digest, ...(manifest.kind === 'image' ? [manifest.config.digest] : [])]
  if (ids.some((id) => encodedOf(id).startsWith(digits))) return descriptor
  throw new OciError(
    'DIGEST_INVALID',
    `${repository.host} takes ${repository.name}@${digest} for an image that begins with ${digits}; it is ${ids.at(-1)}`,
    { detail: { expected: digits, received: ids } },
  )
}

function ambiguous(digits: string, host: string, matches: readonly IdMatch[]): CliError {
  const candidates = matches.map(({ repository, digest, imageId, tags }) => {
    const names =
      tags.length === 0 ? [`${host}/${repository}@${digest}`] : tags.map((tag) => `${host}/${repository}:${tag}`)
    return `${shortId(imageId ?? digest)}  ${names.join('  ')}`
  })
  return new CliError('AMBIGUOUS_ID', `several images begin with ${digits}:\n  ${candidates.join('\n  ')}`, {
    advice: 'Type more digits, or one of the names.',
    detail: { prefix: digits, candidates: matches },
  })
}

/** Tags read for a suggestion; a repository with more gets one among the first. */
const tagsLookedAt = 1000

/** What is not there, told with what is. */
async function unknownImage(
  cause: Error,
  repository: RemoteRepository,
  reference: Reference,
  session: Session,
  lookup: Lookup,
): Promise<CliError> {
  const { registry, repository: name, tag, digest } = reference
  const bare = { registry, repository: name }
  let advice: string | undefined
  if (tag !== undefined && digest === undefined) {
    const tags = await firstTags(repository, lookup)
    const nearest = suggest(tag, tags)
    if (nearest !== undefined) advice = `Did you mean ${session.show({ ...bare, tag: nearest })}?`
    else if (tags.length > 0) advice = `See its tags: "tsreg tags ${session.show(bare)}".`
    else advice = `See what there is: "tsreg repos ${registry}".`
  }
  return new CliError('IMAGE_UNKNOWN', `${formatReference(reference)} does not exist`, { advice, cause })
}

/** None when they cannot be listed: a suggestion is a courtesy, what went wrong before is what counts. */
async function firstTags(repository: RemoteRepository, lookup: Lookup): Promise<readonly string[]> {
  const tags: string[] = []
  try {
    for await (const tag of repository.tags(lookup)) if (tags.push(tag) >= tagsLookedAt) break
  } catch {
    lookup.signal.throwIfAborted()
  }
  return tags
}

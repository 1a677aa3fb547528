/**
 * Referrers where the registry does not keep them: an index under a tag made of the subject's digest, which clients
 * maintain (distribution-spec main, "Referrers Tag Schema"). Updates are conditional where the registry can do that,
 * and read back where it cannot.
 * @module
 */
import { type Descriptor, type Digest, isIndexType, isOciError, mediaTypes, OciError } from '@tsreg/oci'
import type { OperationOptions } from '@tsreg/oci/content'
import { fallbackTag } from '@tsreg/oci/distribution'
import { isObject, type JsonObject, parseJson, readDescriptor } from './answers.ts'
import { nameOf, type RepositoryContext } from './context.ts'
import { isClientError } from './errors.ts'
import { fetchManifest, putManifest } from './manifests.ts'

/** How often an update begins anew because another client was faster. */
const maxUpdates = 5

/** The entries of the tag; none when it does not exist or holds something else. */
export async function readFallbackReferrers(
  context: RepositoryContext,
  subject: Digest,
  options: OperationOptions = {},
): Promise<readonly Descriptor[]> {
  const state = await read(context, subject, options)
  return state === 'foreign' ? [] : state.entries.flatMap((entry) => readDescriptor(entry) ?? [])
}

/** Adds the entry, once. @throws MANIFEST_INVALID when the tag holds something that is no index: it is left alone. */
export function addFallbackReferrer(
  context: RepositoryContext,
  subject: Digest,
  entry: Descriptor,
  options: OperationOptions = {},
): Promise<void> {
  return update(context, subject, options, {
    isDone: (entries) => entries.some((each) => digestOfEntry(each) === entry.digest),
    change: (entries) => [...entries, entry],
  })
}

/** Takes the entry out, where it is there. @throws MANIFEST_INVALID */
export function removeFallbackReferrer(
  context: RepositoryContext,
  subject: Digest,
  referrer: Digest,
  options: OperationOptions = {},
): Promise<void> {
  return update(context, subject, options, {
    isDone: (entries) => !entries.some((each) => digestOfEntry(each) === referrer),
    change: (entries) => entries.filter((each) => digestOfEntry(each) !== referrer),
  })
}

interface Change {
  readonly isDone: (entries: readonly unknown[]) => boolean
  readonly change: (entries: readonly unknown[]) => readonly unknown[]
}

interface State {
  readonly document: JsonObject
  readonly entries: readonly unknown[]
  readonly etag: string | undefined
  readonly exists: boolean
}

const running = new WeakMap<RepositoryContext, Map<string, Promise<void>>>()

/** One update of a tag at a time in this process; against other clients, see {@link updateOnce}. */
function update(context: RepositoryContext, subject: Digest, options: OperationOptions, change: Change): Promise<void> {
  const queue = running.get(context) ?? new Map<string, Promise<void>>()
  running.set(context, queue)
  const before = queue.get(subject) ?? Promise.resolve()
  const after = before.catch(() => {}).then(() => updateUntilDone(context, subject, options, change))
  queue.set(subject, after)
  return after.finally(() => {
    if (queue.get(subject) === after) queue.delete(subject)
  })
}

async function updateUntilDone(
  context: RepositoryContext,
  subject: Digest,
  options: OperationOptions,
  change: Change,
): Promise<void> {
  for (let count = 0; count < maxUpdates; count++) {
    const state = await read(context, subject, options)
    if (state === 'foreign') throw foreign(context, subject)
    // Also how an update without conditions finds out that nobody wrote over it.
    if (change.isDone(state.entries)) return
    const written = await updateOnce(context, subject, options, { ...state, entries: change.change(state.entries) })
    if (written === 'certain') return
  }
  throw new OciError(
    'PRECONDITION_FAILED',
    `update ${fallbackTag(subject)} of ${nameOf(context)}: others keep changing it`,
  )
}

async function updateOnce(
  context: RepositoryContext,
  subject: Digest,
  options: OperationOptions,
  { document, entries, etag, exists }: State,
): Promise<'certain' | 'uncertain'> {
  const bytes = Buffer.from(JSON.stringify({ ...document, manifests: entries }))
  try {
    await putManifest(context, {
      mediaType: typeof document.mediaType === 'string' ? document.mediaType : mediaTypes.ociIndex,
      bytes,
      reference: fallbackTag(subject),
      ...(etag !== undefined ? { ifMatch: etag } : exists ? {} : { ifNoneMatch: '*' }),
      signal: options.signal,
    })
    // Registries that do not know the condition ignore it.
    return 'uncertain'
  } catch (error) {
    if (isOciError(error, 'PRECONDITION_FAILED')) return 'uncertain'
    throw error
  }
}

async function read(
  context: RepositoryContext,
  subject: Digest,
  options: OperationOptions,
): Promise<State | 'foreign'> {
  try {
    const { bytes, descriptor, etag } = await fetchManifest(context, fallbackTag(subject), options)
    const document = parseJson(bytes)
    if (!isObject(document) || !isIndexType(descriptor.mediaType) || !Array.isArray(document.manifests))
      return 'foreign'
    return { document, entries: document.manifests, etag, exists: true }
  } catch (error) {
    if (isOciError(error, 'MANIFEST_UNKNOWN') || isOciError(error, 'NAME_UNKNOWN')) {
      const document = { schemaVersion: 2, mediaType: mediaTypes.ociIndex }
      return { document, entries: [], etag: undefined, exists: false }
    }
    if (isClientError(error, 'PROTOCOL') || isOciError(error, 'MANIFEST_INVALID')) return 'foreign'
    throw error
  }
}

function digestOfEntry(entry: unknown): unknown {
  return isObject(entry) ? entry.digest : undefined
}

function foreign(context: RepositoryContext, subject: Digest): OciError {
  const tag = fallbackTag(subject)
  const message = `tag ${tag} of ${nameOf(context)} is no index, so the referrers of ${subject} cannot be kept there`
  return new OciError('MANIFEST_INVALID', message, { detail: { tag, subject } })
}

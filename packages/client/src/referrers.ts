/**
 * What refers to a manifest (distribution-spec main, end-12): from the registry, or from the fallback tag where the
 * registry has no such API.
 * @module
 */
import { type Descriptor, type Digest, descriptorOf, isOciError, mediaTypes } from '@tsreg/oci'
import type { OperationOptions } from '@tsreg/oci/content'
import { routePath } from '@tsreg/oci/distribution'
import { artifactTypeOf, type Manifest, parseManifest } from '@tsreg/oci/image'
import { broken, readDescriptor, readObject } from './answers.ts'
import { access, nameOf, type RepositoryContext, urlOf } from './context.ts'
import { addFallbackReferrer, readFallbackReferrers, removeFallbackReferrer } from './fallback-tags.ts'
import { fetchManifest } from './manifests.ts'
import { pages } from './paging.ts'
import { header, type RegistryResponse } from './transport/dispatch.ts'

export interface ReferrersOptions extends OperationOptions {
  /** Only referrers of this type; the filter is applied here where the registry does not. */
  readonly artifactType?: string
}

/** The manifests whose `subject` is the digest; none is no error. */
export async function* listReferrers(
  context: RepositoryContext,
  subject: Digest,
  options: ReferrersOptions = {},
): AsyncGenerator<Descriptor> {
  const wanted = options.artifactType
  try {
    if (context.referrersApi !== false) {
      for await (const { response, items } of referrerPages(context, subject, options)) {
        context.referrersApi = true
        const filtered = (header(response, 'oci-filters-applied') ?? '')
          .split(',')
          .some((name) => name.trim() === 'artifactType')
        for (const entry of items) {
          if (wanted === undefined || filtered || entry.artifactType === wanted) yield entry
        }
      }
      return
    }
  } catch (error) {
    // After a first page the API is known to be there, and a 404 is a failure.
    if (context.referrersApi === true || !meansNoApi(error)) throw error
    context.referrersApi = false
  }
  for (const entry of await readFallbackReferrers(context, subject, options)) {
    if (wanted === undefined || entry.artifactType === wanted) yield entry
  }
}

/**
 * After the push of a manifest with a subject: unless the registry said that it lists it (`OCI-Subject`), the fallback
 * tag is brought up to date. @throws MANIFEST_INVALID when that tag holds something else.
 */
export async function recordReferrer(
  context: RepositoryContext,
  pushed: { readonly bytes: Uint8Array; readonly mediaType: string; readonly subject: Digest | undefined },
  options: OperationOptions = {},
): Promise<void> {
  const manifest = readManifest(pushed.bytes, pushed.mediaType)
  if (manifest?.subject === undefined) return
  if (pushed.subject !== undefined) {
    context.referrersApi = true
    return
  }
  await addFallbackReferrer(context, manifest.subject.digest, describeReferrer(pushed.bytes, manifest), options)
}

/** Before the delete of a manifest: takes it out of the fallback tag of its subject, where the registry has no API. */
export async function forgetReferrer(
  context: RepositoryContext,
  digest: Digest,
  options: OperationOptions = {},
): Promise<void> {
  if (context.referrersApi === true) return
  const { bytes, descriptor } = await fetchManifest(context, digest, options)
  const subject = readManifest(bytes, descriptor.mediaType)?.subject?.digest
  if (subject === undefined || (await hasReferrersApi(context, subject, options))) return
  await removeFallbackReferrer(context, subject, digest, options)
}

/** The entry of an index for a manifest that refers to something: its artifact type and all its annotations. */
export function describeReferrer(bytes: Uint8Array, manifest: Manifest): Descriptor {
  const artifactType = artifactTypeOf(manifest)
  return {
    ...descriptorOf(manifest.mediaType, bytes),
    ...(manifest.annotations === undefined ? {} : { annotations: manifest.annotations }),
    ...(artifactType === undefined ? {} : { artifactType }),
  }
}

/** Undefined for what the registry accepted and we cannot read: it has no subject that we know of. */
function readManifest(bytes: Uint8Array, mediaType: string): Manifest | undefined {
  try {
    return parseManifest(bytes, mediaType)
  } catch {
    return undefined
  }
}

async function hasReferrersApi(
  context: RepositoryContext,
  subject: Digest,
  options: OperationOptions,
): Promise<boolean> {
  if (context.referrersApi !== undefined) return context.referrersApi
  try {
    for await (const _page of referrerPages(context, subject, options)) break
    context.referrersApi = true
  } catch (error) {
    if (!meansNoApi(error)) throw error
    context.referrersApi = false
  }
  return context.referrersApi
}

function referrerPages(context: RepositoryContext, subject: Digest, options: ReferrersOptions) {
  return pages(context.transport, {
    operation: `list the referrers of ${subject} in ${nameOf(context)}`,
    url: urlOf(context.transport, routePath.referrers(context.name, subject), { artifactType: options.artifactType }),
    access: access(context, 'pull'),
    accept: mediaTypes.ociIndex,
    unknown: 'NAME_UNKNOWN',
    itemsOf: (page) => entriesOf(page, context, subject),
    signal: options.signal,
  })
}

function entriesOf(page: RegistryResponse, context: RepositoryContext, subject: Digest): readonly Descriptor[] {
  const operation = `list the referrers of ${subject} in ${nameOf(context)}`
  const { manifests } = readObject(page, operation)
  if (!Array.isArray(manifests)) throw broken(page, `${operation}: the answer is no index`)
  return manifests.map((entry) => {
    const descriptor = readDescriptor(entry)
    if (descriptor === undefined) throw broken(page, `${operation}: an entry of the answer is no descriptor`)
    return descriptor
  })
}

/** 404 is what the specification names; older registries do not know the path or the method. */
function meansNoApi(error: unknown): boolean {
  return isOciError(error) && [404, 405, 501].includes(Number(error.detail?.status))
}

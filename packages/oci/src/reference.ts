/**
 * References as people type them: docker's grammar and normalisation. `centos:centos5` is
 * `docker.io/library/centos:centos5`, and with `localhost:5000` as default registry `localhost:5000/centos:centos5`.
 * @module
 */
import { type Digest, isDigest } from './digest.ts'
import { OciError } from './errors.ts'
import { dockerHub, isRepositoryName, maxNameLength } from './repository-name.ts'
import { isTag } from './tag.ts'

/** A normalised reference: what to ask for, and where. */
export interface Reference {
  /** Host and optional port, for example `docker.io` or `localhost:5000`. */
  readonly registry: string
  readonly repository: string
  readonly tag?: string
  /** Authoritative where it stands; the tag beside it is only shown. */
  readonly digest?: Digest
}

export interface ReferenceOptions {
  /**
   * Registry of names that name none.
   * @default 'docker.io'
   */
  readonly defaultRegistry?: string | undefined
}

const officialPrefix = 'library/'

/**
 * Reads `[registry/]repository[:tag][@digest]`. No default tag is added: see {@link withDefaultTag}.
 * @throws NAME_INVALID, TAG_INVALID, DIGEST_INVALID with the text and what is wrong in it.
 */
export function parseReference(text: string, options: ReferenceOptions = {}): Reference {
  if (text.length > 1024) throw invalid(text, 'it is longer than 1024 characters')
  if (/^[0-9a-f]{64}$/.test(text)) throw invalid(text, 'cannot specify 64-byte hexadecimal strings; that is an ID')
  const { name, tag, digest } = splitSuffixes(text)
  const { registry, path } = splitRegistry(name, options.defaultRegistry ?? dockerHub)
  if (!isRegistryHost(registry)) throw invalid(text, `${quote(registry)} is not a registry host`)
  const repository = registry === dockerHub && !path.includes('/') ? officialPrefix + path : path
  if (/[A-Z]/.test(path) && isRepositoryName(path.toLowerCase())) {
    throw invalid(text, `repository name (${path}) must be lowercase`)
  }
  if (!isRepositoryName(repository)) throw invalid(text, `${quote(path)} is not a repository name`)
  if (registry.length + 1 + repository.length > maxNameLength) {
    throw invalid(text, `repository name must not be more than ${maxNameLength} characters with its registry`)
  }
  return {
    registry,
    repository,
    ...(tag === undefined ? {} : { tag: checkTag(tag, text) }),
    ...(digest === undefined ? {} : { digest: checkDigest(digest, text) }),
  }
}

/** The reference with tag `latest` when it has neither tag nor digest. */
export function withDefaultTag(reference: Reference): Reference {
  if (reference.tag !== undefined || reference.digest !== undefined) return reference
  return { ...reference, tag: 'latest' }
}

/** Canonical text: registry and repository always written out. Parsing it gives the same reference back. */
export function formatReference(reference: Reference): string {
  return `${reference.registry}/${reference.repository}${formatSuffixes(reference)}`
}

/**
 * The shortest text that {@link parseReference} with the same options reads as this reference: the default registry
 * and docker.io's `library/` are left out.
 */
export function familiarReference(reference: Reference, options: ReferenceOptions = {}): string {
  if (reference.registry !== canonicalHost(options.defaultRegistry ?? dockerHub)) return formatReference(reference)
  const official = reference.registry === dockerHub && reference.repository.startsWith(officialPrefix)
  const shortened = official ? reference.repository.slice(officialPrefix.length) : reference.repository
  const path = official && shortened.includes('/') ? reference.repository : shortened
  // A first component that reads as a host must keep the registry before it.
  const first = path.slice(0, path.indexOf('/'))
  if (path.includes('/') && looksLikeHost(first)) return formatReference(reference)
  const text = path + formatSuffixes(reference)
  return /^[0-9a-f]{64}$/.test(text) ? formatReference(reference) : text
}

/** What to put after `/manifests/`: the digest where there is one, else the tag, else `latest`. */
export function manifestReference(reference: Reference): string {
  return reference.digest ?? reference.tag ?? 'latest'
}

function formatSuffixes({ tag, digest }: Reference): string {
  return (tag === undefined ? '' : `:${tag}`) + (digest === undefined ? '' : `@${digest}`)
}

function splitSuffixes(text: string): { name: string; tag: string | undefined; digest: string | undefined } {
  const at = text.indexOf('@')
  const digest = at < 0 ? undefined : text.slice(at + 1)
  const tagged = at < 0 ? text : text.slice(0, at)
  const colon = tagged.lastIndexOf(':')
  // A colon before the last slash belongs to the port of the registry.
  if (colon < 0 || tagged.includes('/', colon)) return { name: tagged, tag: undefined, digest }
  return { name: tagged.slice(0, colon), tag: tagged.slice(colon + 1), digest }
}

function splitRegistry(name: string, defaultRegistry: string): { registry: string; path: string } {
  const slash = name.indexOf('/')
  const first = name.slice(0, slash)
  if (slash < 0 || !looksLikeHost(first)) return { registry: canonicalHost(defaultRegistry), path: name }
  return { registry: canonicalHost(first), path: name.slice(slash + 1) }
}

function canonicalHost(host: string): string {
  return host === 'index.docker.io' ? dockerHub : host
}

function looksLikeHost(component: string): boolean {
  return component === 'localhost' || /[.:A-Z]/.test(component)
}

const label = '[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,126}[a-zA-Z0-9])?'
const host = new RegExp(`^(?:${label}(?:\\.${label})*|\\[[0-9a-fA-F:]{2,45}\\])(?::[0-9]{1,5})?$`)

/** True for a host name, IPv4 or bracketed IPv6 address, with an optional port. */
export function isRegistryHost(text: string): boolean {
  return text.length <= maxNameLength && host.test(text)
}

function checkTag(tag: string, text: string): string {
  if (isTag(tag)) return tag
  throw new OciError('TAG_INVALID', `invalid reference format: ${quote(tag)} in ${quote(text)} is not a tag`, {
    detail: { reference: text, tag },
  })
}

function checkDigest(digest: string, text: string): Digest {
  if (isDigest(digest)) return digest
  throw new OciError('DIGEST_INVALID', `invalid reference format: ${quote(digest)} in ${quote(text)} is not a digest`, {
    detail: { reference: text.slice(0, 300), digest: digest.slice(0, 300) },
  })
}

function invalid(text: string, why: string): OciError {
  return new OciError('NAME_INVALID', `invalid reference format: ${why} (in ${quote(text)})`, {
    detail: { reference: text.slice(0, 300) },
  })
}

function quote(text: string): string {
  return JSON.stringify(text.slice(0, 300))
}

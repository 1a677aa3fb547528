/**
 * Keys: the only place that knows their names. A key is built here, and taken apart here.
 *
 * ```
 * meta                                  {layout: 1, lingerMs}
 * writer                                who writes to a store without compare-and-swap
 * cat/<E>                               marker  the repository exists
 * t/<E>/<tag>                           cell    tag
 * m/<E>/<alg>/<hex>                     cell    manifest, its bytes in it
 * l/<E>/<alg>/<hex>                     cell    link: the repository may read this blob
 * g/<E>/<alg>/<hex>/<tag>               marker  a tag that may name the manifest
 * s/<E>/<alg>/<subject>/<alg>/<hex>     marker  a manifest that may have this subject
 * i/<E>/<configHex>/<alg>/<hex>         marker  a manifest that may have this image ID
 * j/<hex>/<E>                           marker  a repository that may hold this image ID or manifest
 * b/<alg>/<hex>                         cell    pointer: where the bytes of a blob are; small blobs are in it
 * d/<2 hex>/<X>[.<n>]                   bytes   of upload session X, written once
 * u/<X>                                 cell    upload session
 * gc/lease                              cell    which collection runs, or ran last
 * gc/marks/<key>                        packed references of the manifests, or targets of the tags, from `key` on
 * gc/trash/<id>                         bytes that no pointer names any more, awaiting deletion
 * ```
 *
 * Every list the registry serves is one of these prefixes in byte order. `E` is the repository name, see
 * {@link encodeName}.
 * @module
 */
import { createHash } from 'node:crypto'
import type { Digest } from '@tsreg/oci'

export const metaKey = 'meta'
export const writerKey = 'writer'
export const catalogPrefix = 'cat/'
export const sessionPrefix = 'u/'
/** All of a kind, in every repository. */
export const allTags = 't/'
export const allManifests = 'm/'
export const allLinks = 'l/'
export const allPointers = 'b/'

export const gcLeaseKey = 'gc/lease'
export const gcMarksPrefix = 'gc/marks/'
export const gcTrashPrefix = 'gc/trash/'

export const catalogKey = (name: string): string => catalogPrefix + encodeName(name)

export const tagPrefix = (name: string): string => `t/${encodeName(name)}/`
export const tagKey = (name: string, tag: string): string => tagPrefix(name) + tag

export const manifestPrefix = (name: string): string => `m/${encodeName(name)}/`
export const manifestKey = (name: string, digest: Digest): string => manifestPrefix(name) + digestPath(digest)

export const linkPrefix = (name: string): string => `l/${encodeName(name)}/`
export const linkKey = (name: string, digest: Digest): string => linkPrefix(name) + digestPath(digest)
export const pointerKey = (digest: Digest): string => `b/${digestPath(digest)}`

/** Markers of the tags that may name a manifest; the rest of the key is the tag. */
export const tagMarkerPrefix = (name: string, digest: Digest): string => `g/${encodeName(name)}/${digestPath(digest)}/`
export const tagMarkerKey = (name: string, digest: Digest, tag: string): string => tagMarkerPrefix(name, digest) + tag

/** Markers of the referrers of a subject; the rest of the key is the path of the referrer's digest. */
export const subjectPrefix = (name: string, subject: Digest): string => `s/${encodeName(name)}/${digestPath(subject)}/`
export const subjectKey = (name: string, subject: Digest, digest: Digest): string =>
  subjectPrefix(name, subject) + digestPath(digest)

/** Markers of image IDs of a repository that begin with `hex`. */
export const imagePrefix = (name: string, hex: string): string => `i/${encodeName(name)}/${hex}`
export const imageKey = (name: string, configHex: string, digest: Digest): string =>
  `${imagePrefix(name, configHex)}/${digestPath(digest)}`

/** Markers of image IDs and manifests of all repositories that begin with `hex`. */
export const idPrefix = (hex: string): string => `j/${hex}`
export const idKey = (hex: string, name: string): string => `${idPrefix(hex)}/${encodeName(name)}`

export const sessionKey = (x: string): string => sessionPrefix + x

/** Everything session X ever wrote. Two hex digits before it spread the writes of a busy store over its partitions. */
export function dataPrefix(x: string): string {
  return `d/${createHash('sha256').update(x).digest('hex').slice(0, 2)}/${x}`
}
/** @param n absent: the object of a session that is written in one go. */
export function dataKey(x: string, n?: string): string {
  return n === undefined ? dataPrefix(x) : `${dataPrefix(x)}.${n}`
}

/**
 * The name as one path element: `-` becomes `!`, `.` becomes `-`, `/` becomes `.`. One-to-one, free of `/`, and in the
 * same byte order as the names, because the three replaced characters and their replacements stand in the same order
 * below all others.
 */
export function encodeName(name: string): string {
  return name.replace(/[-./]/g, (character) => (character === '-' ? '!' : character === '.' ? '-' : '.'))
}

/** Inverse of {@link encodeName}. */
export function decodeName(encoded: string): string {
  return encoded.replace(/[!.-]/g, (character) => (character === '!' ? '-' : character === '-' ? '.' : '/'))
}

/**
 * Where a listing of names starts that wants those after `last`, which need not be a name: the largest encoded string
 * that no name after `last` precedes.
 */
export function encodeNameBound(last: string): string {
  const bad = last.search(/[^a-z0-9._/-]/)
  const valid = bad < 0 ? last : last.slice(0, bad)
  if (bad < 0) return encodeName(valid)
  const below = nameCharacters.filter((character) => character < last.charAt(bad)).at(-1)
  return below === undefined ? encodeName(valid) : `${encodeName(valid + below)}~`
}
const nameCharacters = [...'-./0123456789_abcdefghijklmnopqrstuvwxyz']

/** `<alg>/<hex>` */
export function digestPath(digest: Digest): string {
  return digest.replace(':', '/')
}

/** Inverse of {@link digestPath}; only for what stands in our own keys. */
export function digestAt(path: string): Digest {
  return path.replace('/', ':') as Digest
}

/** What a key under {@link allManifests} or {@link allLinks} is about. The repository's name stays encoded. */
export function parseCellKey(key: string): {
  readonly encoded: string
  readonly algorithm: string
  readonly hex: string
} {
  const [, encoded = '', algorithm = '', hex = ''] = key.split('/')
  return { encoded, algorithm, hex }
}

/** Tag of a key under {@link allTags}, and its repository. */
export function parseTagKey(key: string): { readonly encoded: string; readonly tag: string } {
  const [, encoded = '', tag = ''] = key.split('/')
  return { encoded, tag }
}

/** Hex digits and repository of a key under {@link idPrefix}. */
export function parseIdKey(key: string): { readonly hex: string; readonly name: string } {
  const [, hex = '', encoded = ''] = key.split('/')
  return { hex, name: decodeName(encoded) }
}

/** Digest of the manifest that a key under {@link imagePrefix} names. */
export function parseImageKey(key: string): { readonly configHex: string; readonly digest: Digest } {
  const [, , configHex = '', algorithm = '', hex = ''] = key.split('/')
  return { configHex, digest: digestAt(`${algorithm}/${hex}`) }
}

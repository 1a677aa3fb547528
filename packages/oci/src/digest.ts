/**
 * Digests (image-spec, "Digests"): `<algorithm>:<encoded>`, branded once their form has been checked.
 * @module
 */
import { createHash, type Hash, hash } from 'node:crypto'
import { OciError } from './errors.ts'

/** A digest in canonical form, for example `sha256:e3b0c442...`. Made only by {@link parseDigest} and {@link digestOf}. */
export type Digest = string & { readonly __digest: unique symbol }

/** Algorithms that content can be stored and verified under. */
export const digestAlgorithms = ['sha256', 'sha512'] as const
export type DigestAlgorithm = (typeof digestAlgorithms)[number]

const encodedLength: Record<DigestAlgorithm, number> = { sha256: 64, sha512: 128 }
const grammar = /^[a-z0-9]+(?:[+._-][a-z0-9]+)*:[a-zA-Z0-9=_-]+$/
const hex = /^[0-9a-f]+$/

/** True when `text` follows the digest grammar; of a known algorithm also the length and the lower-case hex are checked. */
export function isDigest(text: string): text is Digest {
  if (text.length > 300 || !grammar.test(text)) return false
  const colon = text.indexOf(':')
  const length = encodedLength[text.slice(0, colon) as DigestAlgorithm]
  return length === undefined || (text.length - colon - 1 === length && hex.test(text.slice(colon + 1)))
}

/** @throws DIGEST_INVALID with the text given, when it is not a digest. */
export function parseDigest(text: string): Digest {
  if (isDigest(text)) return text
  throw new OciError(
    'DIGEST_INVALID',
    `not a digest: ${JSON.stringify(text.slice(0, 300))}; expected e.g. sha256:<64 lower-case hex digits>`,
    {
      detail: { digest: text.slice(0, 300) },
    },
  )
}

/** Like {@link parseDigest}, and the algorithm is one we can compute. @throws DIGEST_INVALID */
export function parseSupportedDigest(text: string): Digest {
  const digest = parseDigest(text)
  algorithmOf(digest)
  return digest
}

/** @throws DIGEST_INVALID when the algorithm is grammatical but not one of {@link digestAlgorithms}. */
export function algorithmOf(digest: Digest): DigestAlgorithm {
  return parseAlgorithm(digest.slice(0, digest.indexOf(':')))
}

/** @throws DIGEST_INVALID naming the algorithms that are supported. */
export function parseAlgorithm(name: string): DigestAlgorithm {
  if ((digestAlgorithms as readonly string[]).includes(name)) return name as DigestAlgorithm
  throw new OciError(
    'DIGEST_INVALID',
    `digest algorithm ${JSON.stringify(name.slice(0, 100))} is not supported; use ${digestAlgorithms.join(' or ')}`,
    {
      detail: { algorithm: name.slice(0, 100), supported: digestAlgorithms },
    },
  )
}

/** The part after the colon. */
export function encodedOf(digest: Digest): string {
  return digest.slice(digest.indexOf(':') + 1)
}

/** Digest of bytes in memory. For streams use {@link Digester}. */
export function digestOf(bytes: Uint8Array | string, algorithm: DigestAlgorithm = 'sha256'): Digest {
  return `${algorithm}:${hash(algorithm, bytes, 'hex')}` as Digest
}

/** The first 12 hex digits, as docker shows IDs. */
export function shortId(digest: Digest): string {
  return encodedOf(digest).slice(0, 12)
}

/** Incremental digest of a stream; `digest()` may be asked at any point and the stream go on (prefix digests). */
export class Digester {
  readonly algorithm: DigestAlgorithm
  size = 0
  #hash: Hash

  constructor(algorithm: DigestAlgorithm = 'sha256') {
    this.algorithm = algorithm
    this.#hash = createHash(algorithm)
  }

  update(chunk: Uint8Array): this {
    this.#hash.update(chunk)
    this.size += chunk.byteLength
    return this
  }

  /** The same state once more; the two go on independently. */
  copy(): Digester {
    const other = new Digester(this.algorithm)
    other.#hash = this.#hash.copy()
    other.size = this.size
    return other
  }

  digest(): Digest {
    return `${this.algorithm}:${this.#hash.copy().digest('hex')}` as Digest
  }
}

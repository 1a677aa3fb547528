/**
 * Seeded random input for everything that reads text of strangers: bounded, and the same on every run. The seed is
 * part of each title; `TSREG_FUZZ_SEED` gives another one.
 */
import { describe, expect, test } from '@jest/globals'
import { digestOf, isDigest } from './digest.ts'
import { parseChallenges } from './distribution/challenge.ts'
import { parseErrors } from './distribution/errors-body.ts'
import { parseLink } from './distribution/link.ts'
import { parseContentRange, parseRange, parseUploadRange } from './distribution/range.ts'
import { routePath } from './distribution/route-path.ts'
import { matchRoute } from './distribution/routes.ts'
import { parseScope } from './distribution/scope.ts'
import { isOciError } from './errors.ts'
import { parseImageConfig } from './image/config.ts'
import { artifactTypeOf, childrenOf } from './image/manifest.ts'
import { parseManifest } from './image/parse-manifest.ts'
import { mediaTypes } from './media-types.ts'
import { familiarReference, formatReference, parseReference } from './reference.ts'
import { isRepositoryName } from './repository-name.ts'
import { isTag } from './tag.ts'

const seed = Number(process.env.TSREG_FUZZ_SEED ?? 1)
const rounds = 3_000

describe(`random input of seed ${seed}`, () => {
  test('a range lies within the content, in order', () => {
    const random = generator(seed)
    for (let round = 0; round < rounds; round++) {
      const size = random.below(50)
      const header = `bytes=${random.text('0123456789-,= ', 8)}`
      const range = parseRange(header, size)
      if (range.kind !== 'range') continue
      const isWithin = 0 <= range.start && range.start <= range.end && range.end < size
      expect([header, size, range, isWithin]).toEqual([header, size, range, true])
    }
  })

  test('a range of one part means what the standard says', () => {
    const random = generator(seed)
    for (let round = 0; round < rounds; round++) {
      const [size, first, last] = [random.below(30), random.below(40), random.below(40)]
      const asked = Array.from({ length: size }, (_, at) => at).filter((at) => first <= at && at <= last)
      const expected =
        asked.length === 0 ? { kind: 'unsatisfiable' } : { kind: 'range', start: asked[0], end: asked.at(-1) }
      expect([first, last, size, parseRange(`bytes=${first}-${last}`, size)]).toEqual([first, last, size, expected])
    }
  })

  test('every path that is built is matched, whatever words its name holds', () => {
    const random = generator(seed)
    const words = [
      'blobs',
      'uploads',
      'manifests',
      'tags',
      'list',
      'referrers',
      'ids',
      'ext',
      'discover',
      'a',
      'v2',
      '0',
    ]
    for (let round = 0; round < rounds; round++) {
      const name = Array.from({ length: 1 + random.below(5) }, () => random.pick(words)).join('/')
      const word = random.pick(words)
      const digest = digestOf(String(round))
      expect(isRepositoryName(name)).toBe(true)
      expect(matchRoute(routePath.manifest(name, word))).toEqual({ kind: 'manifest', name, reference: word })
      expect(matchRoute(routePath.blob(name, digest))).toEqual({ kind: 'blob', name, digest })
      expect(matchRoute(routePath.uploads(name))).toEqual({ kind: 'uploads', name })
      expect(matchRoute(routePath.upload(name, word))).toEqual({ kind: 'upload', name, id: word })
      expect(matchRoute(routePath.tags(name))).toEqual({ kind: 'tags', name })
      expect(matchRoute(routePath.referrers(name, digest))).toEqual({ kind: 'referrers', name, digest })
      expect(matchRoute(routePath.ids(name, word))).toEqual({ kind: 'ids', name, prefix: word })
      expect(matchRoute(routePath.discover(name))).toEqual({ kind: 'discover', name })
    }
  })

  test('a path of any characters is matched or not, and never throws', () => {
    const random = generator(seed)
    for (let round = 0; round < rounds; round++) {
      const route = matchRoute(
        `/v2/${random.text('ab/%2Ffe.:_~\u00e4\u0000', 30)}/${random.text('manifests/blobs%', 12)}`,
      )
      if (route !== undefined && 'name' in route) expect(route.name).not.toBe('')
    }
  })

  test('a reference that is accepted has valid parts, and both its forms are read as the same', () => {
    const random = generator(seed)
    let accepted = 0
    for (let round = 0; round < rounds; round++) {
      const text = random.text('ab0./:-_@A[]', 14)
      for (const options of [{}, { defaultRegistry: 'localhost:5000' }]) {
        const reference = onlyCodes(['NAME_INVALID', 'TAG_INVALID', 'DIGEST_INVALID'], () =>
          parseReference(text, options),
        )
        if (reference === undefined) continue
        accepted++
        expect(isRepositoryName(reference.repository)).toBe(true)
        expect(reference.tag === undefined || isTag(reference.tag)).toBe(true)
        expect(reference.digest === undefined || isDigest(reference.digest)).toBe(true)
        expect(parseReference(formatReference(reference), options)).toEqual(reference)
        expect(parseReference(familiarReference(reference, options), options)).toEqual(reference)
      }
    }
    expect(accepted).toBeGreaterThan(100)
  })

  test('a manifest with changed bytes is read, or MANIFEST_INVALID', () => {
    const random = generator(seed)
    let accepted = 0
    for (let round = 0; round < rounds; round++) {
      const [mediaType, text] = random.pick(manifests)
      const bytes = Buffer.from(text)
      // Mostly printable characters, so that a share of the documents stays JSON.
      const byte = (): number => (random.below(8) === 0 ? random.below(256) : 0x20 + random.below(95))
      for (let change = random.below(3); change > 0; change--) bytes[random.below(bytes.length)] = byte()
      const end = random.below(8) === 0 ? random.below(bytes.length) : bytes.length
      const manifest = onlyCodes(['MANIFEST_INVALID'], () => parseManifest(bytes.subarray(0, end), mediaType))
      if (manifest === undefined) continue
      accepted++
      artifactTypeOf(manifest)
      for (const { digest, size } of childrenOf(manifest)) {
        expect([isDigest(digest), Number.isSafeInteger(size), size >= 0]).toEqual([true, true, true])
      }
    }
    expect(accepted).toBeGreaterThan(100)
  })

  test('a manifest with values of other kinds is read, or MANIFEST_INVALID', () => {
    const random = generator(seed)
    const values = [null, 0, -1, 1.5, '', 'x', true, [], {}, [null], { a: 1 }, [[[]]], digestOf(''), 2 ** 60]
    for (let round = 0; round < rounds; round++) {
      const [mediaType, text] = random.pick(manifests)
      let count = 0
      const target = random.below(30)
      const changed = JSON.stringify(JSON.parse(text), (_key, value) =>
        count++ === target ? random.pick(values) : value,
      )
      onlyCodes(['MANIFEST_INVALID'], () => parseManifest(Buffer.from(changed), mediaType))
      onlyCodes(['MANIFEST_INVALID'], () => parseImageConfig(Buffer.from(changed)))
    }
  })

  test('headers and bodies of any characters give a result or the documented code', () => {
    const random = generator(seed)
    for (let round = 0; round < rounds; round++) {
      const header = random.text('<>;,="\\ rel=nextBearerrealmscope:0123-/*\u0000{}[]', 40)
      parseLink(header)
      parseChallenges(header)
      parseErrors(header, 400 + random.below(200))
      onlyCodes(['RANGE_INVALID'], () => parseContentRange(`bytes ${header}`))
      onlyCodes(['RANGE_INVALID'], () => parseUploadRange(header))
      onlyCodes(['DENIED'], () => parseScope(header))
    }
  })
})

const layer = { mediaType: mediaTypes.ociLayer, digest: digestOf('a'), size: 1, annotations: { a: 'b' }, urls: ['u'] }
const platform = { os: 'linux', architecture: 'arm', variant: 'v7', 'os.features': ['x'] }
const manifests: readonly (readonly [string, string])[] = [
  [
    mediaTypes.ociManifest,
    JSON.stringify({ schemaVersion: 2, config: layer, layers: [layer, layer], subject: layer, artifactType: 'a/b' }),
  ],
  [
    mediaTypes.ociIndex,
    JSON.stringify({ schemaVersion: 2, mediaType: mediaTypes.ociIndex, manifests: [{ ...layer, platform }] }),
  ],
]

/** The result, or undefined for one of the codes. Anything else that is thrown fails the test. */
function onlyCodes<T>(codes: readonly string[], run: () => T): T | undefined {
  try {
    return run()
  } catch (error) {
    if (isOciError(error) && codes.includes(error.code)) return undefined
    throw error
  }
}

interface Generator {
  below(limit: number): number
  pick<T>(items: readonly T[]): T
  text(alphabet: string, maxLength: number): string
}

/** Marsaglia's xorshift of 32 bits. */
function generator(start: number): Generator {
  let state = (start * 2_654_435_761) >>> 0 || 1
  const below = (limit: number): number => {
    state ^= state << 13
    state ^= state >>> 17
    state = (state ^ (state << 5)) >>> 0
    return state % limit
  }
  const pick = <T>(items: readonly T[]): T => items[below(items.length)] as T
  const text = (alphabet: string, maxLength: number): string =>
    Array.from({ length: below(maxLength + 1) }, () => pick([...alphabet])).join('')
  return { below, pick, text }
}

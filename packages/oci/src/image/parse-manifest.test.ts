import { describe, expect, test } from '@jest/globals'
import { emptyDescriptor } from '../descriptor.ts'
import { digestOf } from '../digest.ts'
import { OciError } from '../errors.ts'
import { mediaTypes } from '../media-types.ts'
import { artifactTypeOf, childrenOf, isNonDistributable } from './manifest.ts'
import { checkManifestType, parseManifest } from './parse-manifest.ts'

const { ociManifest, ociIndex, dockerManifest, dockerManifestList } = mediaTypes
const config = { mediaType: mediaTypes.ociConfig, digest: digestOf('config'), size: 6 }
const layer = { mediaType: mediaTypes.ociLayerGzip, digest: digestOf('layer'), size: 5 }
const image = { schemaVersion: 2, mediaType: ociManifest, config, layers: [layer] }
const index = { schemaVersion: 2, mediaType: ociIndex, manifests: [{ ...layer, mediaType: ociManifest }] }

const bytesOf = (document: unknown): Uint8Array => Buffer.from(JSON.stringify(document))
const parse = (document: unknown, mediaType?: string) => parseManifest(bytesOf(document), mediaType)

describe('parseManifest', () => {
  test('an image manifest is read with its optional fields', () => {
    const subject = { mediaType: ociManifest, digest: digestOf('subject'), size: 1 }
    const fields = { subject, artifactType: 'application/vnd.example', annotations: { a: 'b' } }
    expect(parse({ ...image, ...fields }, ociManifest)).toEqual({
      kind: 'image',
      mediaType: ociManifest,
      config,
      layers: [layer],
      ...fields,
    })
  })

  test('an index is read with the platforms of its manifests', () => {
    const entry = {
      ...layer,
      mediaType: ociManifest,
      platform: { os: 'windows', architecture: 'arm', variant: 'v7', 'os.version': '1', 'os.features': ['x'] },
      annotations: { a: 'b' },
      urls: ['https://example.com'],
      artifactType: 'text/plain',
    }
    expect(parse({ ...index, manifests: [entry] }, ociIndex)).toEqual({
      kind: 'index',
      mediaType: ociIndex,
      manifests: [entry],
    })
  })

  test.each([
    ['a Docker manifest', { ...image, mediaType: dockerManifest }, dockerManifest, 'image', dockerManifest],
    ['a Docker list', { ...index, mediaType: dockerManifestList }, dockerManifestList, 'index', dockerManifestList],
    ['no mediaType in the document', { ...image, mediaType: undefined }, ociManifest, 'image', ociManifest],
    ['an empty mediaType in the document', { ...image, mediaType: '' }, ociManifest, 'image', ociManifest],
    ['no Content-Type', image, undefined, 'image', ociManifest],
    ['neither, with a config', { ...image, mediaType: undefined }, undefined, 'image', ociManifest],
    ['neither, with manifests', { ...index, mediaType: undefined }, undefined, 'index', ociIndex],
    ['a Content-Type with parameters', image, `${ociManifest}; charset=utf-8`, 'image', ociManifest],
    ['a Content-Type in upper case', image, ociManifest.toUpperCase(), 'image', ociManifest],
  ])('%s', (_what, document, mediaType, kind, type) => {
    expect(parse(document, mediaType)).toMatchObject({ kind, mediaType: type })
  })

  test.each([
    ['unknown fields', { ...image, 'org.example': { deep: [1] }, layers: [{ ...layer, extra: null }] }],
    ['null for optional fields', { ...image, subject: null, annotations: null, artifactType: null }],
    ['an empty artifactType', { ...image, artifactType: '' }],
    ['layers that are null', { ...image, layers: null }],
    ['no layers', { ...image, layers: [] }],
    ['digests of unknown algorithms', { ...image, config: { ...config, digest: 'blake3:abc' } }],
    ['unknown media types', { ...image, layers: [{ ...layer, mediaType: 'text/plain' }] }],
    ['media types with parameters', { ...image, layers: [{ ...layer, mediaType: 'text/plain; charset=utf-8' }] }],
    ['embedded data', { ...image, config: emptyDescriptor }],
    ['embedded data of no bytes', { ...image, config: { ...config, size: 0, data: '' } }],
    ['a size of 2^53 - 1', { ...image, layers: [{ ...layer, size: Number.MAX_SAFE_INTEGER }] }],
  ])('%s: accepted', (_what, document) => {
    expect(parse(document, ociManifest).kind).toBe('image')
  })

  test('an index of nothing is accepted', () => {
    expect(childrenOf(parse({ ...index, manifests: [] }, ociIndex))).toEqual([])
    expect(childrenOf(parse({ ...index, manifests: null }, ociIndex))).toEqual([])
  })

  test('annotations named like prototypes stay plain keys', () => {
    const text = JSON.stringify(image).replace(/}$/, ',"annotations":{"__proto__":"x","constructor":"y"}}')
    const { annotations } = parseManifest(Buffer.from(text), ociManifest)
    expect(Object.entries(annotations ?? {})).toEqual([
      ['__proto__', 'x'],
      ['constructor', 'y'],
    ])
    expect(Object.getPrototypeOf(annotations)).toBe(Object.prototype)
  })

  test.each([
    ['schemaVersion missing', { ...image, schemaVersion: undefined }, 'schemaVersion: expected 2, got nothing'],
    ['schemaVersion as text', { ...image, schemaVersion: '2' }, 'schemaVersion: expected 2, got "2"'],
    ['schemaVersion 3', { ...image, schemaVersion: 3 }, 'schemaVersion: expected 2, got 3'],
    ['another mediaType', { ...image, mediaType: dockerManifest }, `the Content-Type is "${ociManifest}"`],
    ['mediaType a number', { ...image, mediaType: 7 }, 'mediaType: expected a string, got 7'],
    ['config missing', { ...image, config: undefined }, 'config: expected an object, got nothing'],
    ['config a list', { ...image, config: [] }, 'config: expected an object, got an array'],
    ['layers missing', { ...image, layers: undefined }, 'layers: expected an array, got nothing'],
    ['layers an object', { ...image, layers: {} }, 'layers: expected an array, got an object'],
    ['a layer that is null', { ...image, layers: [layer, null] }, 'layers[1]: expected an object, got null'],
    ['a layer without a digest', withLayer({ digest: undefined }), 'layers[0].digest: expected a string, got nothing'],
    [
      'a layer with a bad digest',
      withLayer({ digest: 'sha256:xyz' }),
      'layers[0].digest: "sha256:xyz" is not a digest',
    ],
    ['a layer without a size', withLayer({ size: undefined }), 'layers[0].size: expected a whole number'],
    ['a negative size', withLayer({ size: -1 }), '0 or more, got -1'],
    ['a broken size', withLayer({ size: 1.5 }), 'got 1.5'],
    ['a size as text', withLayer({ size: '5' }), 'got "5"'],
    ['a size beyond 2^53', withLayer({ size: 2 ** 53 }), 'layers[0].size'],
    ['no media type', withLayer({ mediaType: '' }), 'layers[0].mediaType: "" is not a media type'],
    ['a media type of one word', withLayer({ mediaType: 'tar' }), '"tar" is not a media type'],
    ['urls that are text', withLayer({ urls: 'https://example.com' }), 'layers[0].urls: expected an array'],
    ['a url that is a number', withLayer({ urls: ['a', 1] }), 'layers[0].urls[1]: expected a string, got 1'],
    [
      'annotations with a number',
      withLayer({ annotations: { a: 1 } }),
      'layers[0].annotations["a"]: expected a string',
    ],
    ['data that is not base64', withLayer({ data: '!!!!' }), 'layers[0].data: not base64'],
    ['data of another size', withLayer({ data: 'e30=' }), 'layers[0].data: holds 2 bytes, the descriptor says 5'],
    ['a platform without os', withLayer({ platform: { architecture: 'arm' } }), 'layers[0].platform.os'],
    ['a bad subject', { ...image, subject: { digest: 'x' } }, 'subject.size'],
    ['a bad artifactType', { ...image, artifactType: 'x' }, 'artifactType: "x" is not a media type'],
    ['an image that is also an index', { ...image, manifests: [] }, 'manifests: not allowed in an image manifest'],
  ])('%s is refused, naming the place', (_what, document, message) => {
    expect(failureOf(bytesOf(document), ociManifest)).toContain(message)
  })

  test.each([
    ['config', { ...index, config }],
    ['layers', { ...index, layers: [layer] }],
    ['fsLayers', { ...index, fsLayers: [] }],
  ])('an index that has %s is refused', (field, document) => {
    expect(failureOf(bytesOf(document), ociIndex)).toContain(`${field}: not allowed in an index`)
  })

  test.each([
    ['nothing', Buffer.from(''), 'not JSON'],
    ['half a document', Buffer.from('{"schemaVersion":2,'), 'not JSON'],
    ['a list', Buffer.from('[]'), 'expected an object, got an array'],
    ['null', Buffer.from('null'), 'expected an object, got null'],
    ['a byte order mark', Buffer.from(`\u{feff}${JSON.stringify(image)}`), 'not JSON'],
    ['invalid UTF-8', Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d]), 'not valid UTF-8'],
    ['a gzip header', Buffer.from([0x1f, 0x8b, 8, 0]), 'not valid UTF-8'],
    ['two documents', Buffer.from('{}{}'), 'not JSON'],
  ])('%s is refused', (_what, bytes, message) => {
    expect(failureOf(bytes, ociManifest)).toContain(message)
  })

  test.each([
    ['its Content-Type', image, mediaTypes.dockerSchema1Signed],
    ['its mediaType', { ...image, mediaType: mediaTypes.dockerSchema1 }, undefined],
    ['its schemaVersion', { schemaVersion: 1, fsLayers: [] }, undefined],
    ['its schemaVersion under another Content-Type', { schemaVersion: 1 }, dockerManifest],
  ])('schema 1 is known by %s and refused with advice', (_what, document, mediaType) => {
    expect(failureOf(bytesOf(document), mediaType)).toContain('schema 1 are not supported; pull the image')
  })

  test.each(['application/json', mediaTypes.ociConfig, 'text/html', 'x'])(
    'the Content-Type %s is refused',
    (mediaType) => {
      const document = { ...image, mediaType: undefined }
      expect(failureOf(bytesOf(document), mediaType)).toContain(`"${mediaType}" is not a manifest type`)
    },
  )

  test('a document without any type is refused', () => {
    expect(failureOf(bytesOf({ schemaVersion: 2 }), undefined)).toContain('neither config nor manifests')
  })

  test('nesting of a million levels is refused or passed over without exhausting the stack', () => {
    const depth = 1_000_000
    const deep = '['.repeat(depth) + ']'.repeat(depth)
    const unknownField = JSON.stringify(image).replace(/}$/, `,"x":${deep}}`)
    expect(parseManifest(Buffer.from(unknownField), ociManifest).kind).toBe('image')
    const asLayer = JSON.stringify({ ...image, layers: ['@'] }).replace('"@"', deep)
    expect(failureOf(Buffer.from(asLayer), ociManifest)).toContain('layers[0]: expected an object, got an array')
    expect(failureOf(Buffer.from('['.repeat(depth)), ociManifest)).toContain('not JSON')
  })

  test('a manifest of 20,000 layers is read', () => {
    const layers = Array.from({ length: 20_000 }, () => layer)
    expect(childrenOf(parse({ ...image, layers }, ociManifest))).toHaveLength(20_001)
  })

  test('a value of 4 MB is not repeated in the message', () => {
    expect(failureOf(bytesOf({ ...image, mediaType: 'x'.repeat(4_000_000) }), ociManifest).length).toBeLessThan(600)
  })
})

describe('what a manifest says', () => {
  test('children are config and layers, or manifests, and never the subject', () => {
    const subject = { ...layer, mediaType: ociManifest }
    expect(childrenOf(parse({ ...image, subject }, ociManifest))).toEqual([config, layer])
    expect(childrenOf(parse({ ...index, subject }, ociIndex))).toEqual(index.manifests)
  })

  test.each([
    ['its own', { ...image, artifactType: 'a/b' }, 'a/b'],
    ['that of the config', image, mediaTypes.ociConfig],
    ['an index has its own', { ...index, artifactType: 'a/b' }, 'a/b'],
    ['an index may have none', index, undefined],
  ])('the artifact type: %s', (_what, document, expected) => {
    expect(artifactTypeOf(parse(document))).toBe(expected)
  })

  test.each([
    ['an ordinary layer', layer, false],
    ['a layer with urls', { ...layer, urls: ['https://example.com/a'] }, true],
    ['a layer with an empty list of urls', { ...layer, urls: [] }, false],
    ['a foreign layer', { ...layer, mediaType: mediaTypes.dockerForeignLayerGzip }, true],
    ['a non-distributable layer', { ...layer, mediaType: mediaTypes.ociNondistributableLayerZstd }, true],
  ])('%s is non-distributable: %s', (_what, descriptor, expected) => {
    expect(isNonDistributable(descriptor)).toBe(expected)
  })

  test('a manifest type is given back, anything else refused', () => {
    expect(checkManifestType(ociIndex)).toBe(ociIndex)
    expect(() => checkManifestType(mediaTypes.dockerSchema1)).toThrow('schema 1')
    expect(() => checkManifestType('text/html')).toThrow('"text/html" is not a manifest type')
  })
})

function withLayer(fields: Readonly<Record<string, unknown>>) {
  return { ...image, layers: [{ ...layer, ...fields }] }
}

/** The message of the refusal, which must be MANIFEST_INVALID. */
function failureOf(bytes: Uint8Array, mediaType: string | undefined): string {
  try {
    parseManifest(bytes, mediaType)
  } catch (error) {
    if (error instanceof OciError && error.code === 'MANIFEST_INVALID') return error.message
    throw error
  }
  throw new Error('the manifest was accepted')
}

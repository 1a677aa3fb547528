import { describe, expect, test } from '@jest/globals'
import {
  isImageManifestType,
  isIndexType,
  isManifestType,
  isNonDistributableType,
  isSchema1Type,
  manifestAcceptTypes,
  mediaTypes,
  parseMediaType,
} from './media-types.ts'

describe('media types', () => {
  test.each([
    [mediaTypes.ociManifest, true, false],
    [mediaTypes.dockerManifest, true, false],
    [mediaTypes.ociIndex, false, true],
    [mediaTypes.dockerManifestList, false, true],
    [mediaTypes.ociConfig, false, false],
    [mediaTypes.dockerSchema1, false, false],
    ['', false, false],
  ])('%s: image manifest %s, index %s', (mediaType, isImage, isIndex) => {
    expect(isImageManifestType(mediaType)).toBe(isImage)
    expect(isIndexType(mediaType)).toBe(isIndex)
    expect(isManifestType(mediaType)).toBe(isImage || isIndex)
  })

  test('everything that a client accepts is a manifest', () => {
    expect(manifestAcceptTypes.map(isManifestType)).toEqual([true, true, true, true])
  })

  test('both forms of schema 1 are known as such', () => {
    expect(
      [mediaTypes.dockerSchema1, mediaTypes.dockerSchema1Signed, mediaTypes.ociManifest].map(isSchema1Type),
    ).toEqual([true, true, false])
  })

  test('foreign and non-distributable layers are told from others', () => {
    const names = Object.entries(mediaTypes)
      .filter(([, mediaType]) => isNonDistributableType(mediaType))
      .map(([name]) => name)
    expect(names.sort()).toEqual([
      'dockerForeignLayer',
      'dockerForeignLayerGzip',
      'ociNondistributableLayer',
      'ociNondistributableLayerGzip',
      'ociNondistributableLayerZstd',
    ])
  })

  test.each([
    ['application/json', 'application/json'],
    ['Application/JSON; charset=utf-8', 'application/json'],
    [' text/plain ;q=1', 'text/plain'],
    [';', ''],
    ['', ''],
    [undefined, ''],
  ])('the Content-Type %j is %j', (header, expected) => {
    expect(parseMediaType(header)).toBe(expected)
  })
})

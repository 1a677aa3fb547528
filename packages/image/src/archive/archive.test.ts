import { writeFile } from 'node:fs/promises'
import { gunzipSync, gzipSync, zstdCompressSync } from 'node:zlib'
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { type Descriptor, digestOf, mediaTypes } from '@tsreg/oci'
import { copy, fetchManifest, MemoryStore } from '@tsreg/oci/content'
import { blobPath } from '@tsreg/oci/image'
import { collect, collectItems, makeImage, type TarEntry, type TempDir, tar, tempDir } from '@tsreg/testkit'
import type { ImageArchive } from './archive.ts'
import { openDockerArchive } from './docker-archive.ts'
import { openOciArchive } from './oci-archive.ts'

let directory: TempDir
const opened: ImageArchive[] = []
beforeEach(async () => {
  directory = await tempDir()
})
afterEach(async () => {
  for (const archive of opened.splice(0)) await archive[Symbol.asyncDispose]()
  await directory[Symbol.asyncDispose]()
})

async function open(
  how: typeof openOciArchive,
  entries: readonly TarEntry[],
  compress = (bytes: Buffer): Buffer => bytes,
): Promise<ImageArchive> {
  const file = directory.join('archive.tar')
  await writeFile(file, compress(tar(entries)))
  const archive = await how(file, { temporaryDirectory: directory.path })
  opened.push(archive)
  return archive
}

const image = makeImage({ seed: 1 })
const header = { name: 'oci-layout', content: '{"imageLayoutVersion":"1.0.0"}' }

function indexFile(manifests: readonly object[]): TarEntry {
  return { name: 'index.json', content: JSON.stringify({ schemaVersion: 2, manifests }) }
}

function blobFiles(made = image): TarEntry[] {
  const contents = [made.manifest, ...made.blobs.values()]
  return contents.map(({ descriptor, bytes }) => ({ name: blobPath(descriptor.digest), content: bytes }))
}

const named = (descriptor: Descriptor, refName: string) => ({
  ...descriptor,
  annotations: { 'org.opencontainers.image.ref.name': refName },
})

describe('openOciArchive', () => {
  test('an image is copied out of it with its digest', async () => {
    const archive = await open(openOciArchive, [
      header,
      indexFile([named(image.manifest.descriptor, 'v1')]),
      ...blobFiles(),
    ])
    const store = new MemoryStore()
    const copied = await copy(archive, 'v1', store, { tag: 'v1' })
    expect(copied.digest).toBe(image.manifest.descriptor.digest)
    expect(await collectItems(archive.tags())).toEqual(['v1'])
    expect(await archive.images()).toEqual([{ references: ['v1'], selector: 'v1', digest: copied.digest }])
  })

  test.each([
    ['gzip', gzipSync],
    ['zstd', zstdCompressSync],
  ] as const)('an archive compressed by %s is read like one that is not', async (_name, compress) => {
    const entries = [header, indexFile([image.manifest.descriptor]), ...blobFiles()]
    const archive = await open(openOciArchive, entries, (bytes) => compress(bytes))
    await copy(archive, image.manifest.descriptor.digest, new MemoryStore())
  })

  test('content is fetched from an offset, and many at once do not disturb each other', async () => {
    const archive = await open(openOciArchive, [header, indexFile([]), ...blobFiles()])
    const [layer] = image.layers
    if (layer === undefined) throw new Error('the image has no layer')
    const offsets = [0, 1, 100, layer.bytes.byteLength - 1, layer.bytes.byteLength]
    const parts = await Promise.all(
      offsets.map(async (offset) => collect(await archive.fetch(layer.descriptor, { offset }))),
    )
    for (const [at, offset] of offsets.entries()) expect(parts[at]).toEqual(Buffer.from(layer.bytes.subarray(offset)))
  })

  test('names may begin with ./', async () => {
    const entries = [header, indexFile([image.manifest.descriptor]), ...blobFiles()]
    const archive = await open(
      openOciArchive,
      entries.map((entry) => ({ ...entry, name: `./${entry.name}` })),
    )
    await copy(archive, image.manifest.descriptor.digest, new MemoryStore())
  })

  test.each<[string, TarEntry[], string, RegExp]>([
    ['without a header', [indexFile([])], 'ARCHIVE_INVALID', /not an OCI archive/],
    ['without an index', [header], 'ARCHIVE_INVALID', /no index.json/],
    [
      'of a newer version',
      [{ ...header, content: '{"imageLayoutVersion":"9.0.0"}' }, indexFile([])],
      'LAYOUT_UNSUPPORTED',
      /9\.0\.0/,
    ],
    ['that is empty', [], 'ARCHIVE_INVALID', /empty/],
    ['with an absolute name', [header, indexFile([]), { name: '/etc/passwd' }], 'ARCHIVE_INVALID', /absolute/],
    ['with a name that leads out', [header, indexFile([]), { name: 'a/../../x' }], 'ARCHIVE_INVALID', /leads out/],
    [
      'with two indexes',
      [header, indexFile([]), indexFile([image.manifest.descriptor])],
      'ARCHIVE_INVALID',
      /index.json.* twice/,
    ],
    [
      'whose index is a link in a circle',
      [header, { name: 'index.json', type: 'symlink', linkName: 'index.json' }],
      'ARCHIVE_INVALID',
      /circle/,
    ],
    [
      'whose index is a link that leads out',
      [header, { name: 'index.json', type: 'symlink', linkName: '../../etc/passwd' }],
      'ARCHIVE_INVALID',
      /leads out/,
    ],
    [
      'with an index of 70 MB',
      [header, { name: 'index.json', content: Buffer.alloc(70_000_000, ' ') }],
      'ARCHIVE_INVALID',
      /expected at most/,
    ],
  ])('an archive %s is refused', async (_what, entries, code, message) => {
    await expect(open(openOciArchive, entries)).rejects.toMatchObject({ code, message: expect.stringMatching(message) })
  })

  test.each<[string, (bytes: Buffer) => Buffer, string]>([
    ['truncated gzip data', (bytes) => gzipSync(bytes).subarray(0, -20), 'ARCHIVE_INVALID'],
    ['damaged gzip data', (bytes) => gzipSync(bytes).fill(0xff, 40, 60), 'ARCHIVE_INVALID'],
    ['damaged zstd data', (bytes) => zstdCompressSync(bytes).fill(0xff, 20, 40), 'ARCHIVE_INVALID'],
    ['xz data', () => Buffer.from([0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00, 0, 0]), 'ARCHIVE_UNSUPPORTED'],
    ['bzip2 data', () => Buffer.from('BZh91AY'), 'ARCHIVE_UNSUPPORTED'],
    ['an empty file', () => Buffer.alloc(0), 'ARCHIVE_INVALID'],
    ['a text', () => Buffer.from('hello'), 'ARCHIVE_INVALID'],
  ])('%s is refused, and the error names the file', async (_what, damage, code) => {
    const failure = open(openOciArchive, [header, indexFile([]), ...blobFiles()], damage)
    await expect(failure).rejects.toMatchObject({
      code,
      message: expect.stringContaining(directory.join('archive.tar')),
    })
  })

  test('a blob whose bytes are not those of its name fails the copy', async () => {
    const [layer] = image.layers
    const entries = blobFiles().map((entry) =>
      entry.name === blobPath(layer?.descriptor.digest ?? digestOf(''))
        ? { ...entry, content: Buffer.alloc(layer?.bytes.byteLength ?? 0) }
        : entry,
    )
    const archive = await open(openOciArchive, [
      header,
      indexFile([named(image.manifest.descriptor, 'v1')]),
      ...entries,
    ])
    await expect(copy(archive, 'v1', new MemoryStore())).rejects.toMatchObject({
      code: 'DIGEST_INVALID',
      origin: 'source',
    })
  })
})

describe('openDockerArchive', () => {
  const plain = makeImage({ seed: 3, family: 'docker', compression: 'none' })
  const configName = `${plain.config.descriptor.digest.slice(7)}.json`
  const config = { name: configName, content: plain.config.bytes }
  const layerNames = plain.layers.map((_, at) => `${'0'.repeat(63)}${at}/layer.tar`)
  const layers = plain.layers.map(({ bytes }, at) => ({ name: layerNames[at] ?? '', content: bytes }))
  const manifestFile = (fields: object = {}): TarEntry => ({
    name: 'manifest.json',
    content: JSON.stringify([{ Config: configName, RepoTags: ['debian:13'], Layers: layerNames, ...fields }]),
  })

  async function expectSameImage(archive: ImageArchive, reference: string): Promise<void> {
    const store = new MemoryStore()
    const root = await copy(archive, reference, store)
    const { manifest } = await fetchManifest(store, root)
    if (manifest.kind !== 'image') throw new Error('not an image')
    expect(root.mediaType).toBe(mediaTypes.dockerManifest)
    expect(manifest.config).toEqual({ ...plain.config.descriptor, mediaType: mediaTypes.dockerConfig })
    expect(manifest.layers.map(({ mediaType }) => mediaType)).toEqual(
      plain.layers.map(() => mediaTypes.dockerLayerGzip),
    )
    for (const [at, layer] of manifest.layers.entries()) {
      expect(digestOf(gunzipSync(await collect(await store.fetch(layer))))).toBe(plain.diffIds[at])
    }
  }

  test('layers come out compressed by gzip under a manifest of schema 2, and the image ID is kept', async () => {
    const archive = await open(openDockerArchive, [...layers, config, manifestFile()])
    expect(await archive.images()).toEqual([
      { references: ['docker.io/library/debian:13'], selector: 'docker.io/library/debian:13', digest: undefined },
    ])
    await expectSameImage(archive, 'docker.io/library/debian:13')
  })

  test('the same archive gives the same manifest, so that a second push finds everything there', async () => {
    const digests: string[] = []
    for (let times = 0; times < 2; times++) {
      const archive = await open(openDockerArchive, [...layers, config, manifestFile()])
      digests.push((await archive.resolve('@0')).digest)
    }
    expect(digests[0]).toBe(digests[1])
    const [archive] = opened
    await expect(archive?.resolve(digests[0] ?? '')).resolves.toMatchObject({ digest: digests[0] })
  })

  test('an archive compressed by gzip is read', async () => {
    const archive = await open(openDockerArchive, [...layers, config, manifestFile()], (bytes) => gzipSync(bytes))
    await expectSameImage(archive, '@0')
  })

  test('layers that are links to others are found, as docker writes equal layers', async () => {
    const link: TarEntry = { name: 'other/layer.tar', type: 'symlink', linkName: `../${layerNames[1]}` }
    const [first = ''] = layerNames
    await expectSameImage(
      await open(openDockerArchive, [...layers, link, config, manifestFile({ Layers: [first, link.name] })]),
      '@0',
    )
    const hard: TarEntry = { ...link, type: 'hardlink', linkName: layerNames[1] ?? '' }
    await expectSameImage(
      await open(openDockerArchive, [...layers, hard, config, manifestFile({ Layers: [first, hard.name] })]),
      '@0',
    )
  })

  test('layers that are compressed already stay as they are', async () => {
    const packed = layers.map((layer, at) => ({
      ...layer,
      content: at === 0 ? gzipSync(layer.content, { level: 1 }) : zstdCompressSync(layer.content),
    }))
    const archive = await open(openDockerArchive, [...packed, config, manifestFile()])
    const { manifest } = await fetchManifest(archive, await archive.resolve('@0'))
    if (manifest.kind !== 'image') throw new Error('not an image')
    expect(manifest.layers).toEqual([
      {
        mediaType: mediaTypes.dockerLayerGzip,
        digest: digestOf(packed[0]?.content ?? ''),
        size: packed[0]?.content.byteLength,
      },
      {
        mediaType: mediaTypes.dockerLayerZstd,
        digest: digestOf(packed[1]?.content ?? ''),
        size: packed[1]?.content.byteLength,
      },
    ])
    await copy(archive, '@0', new MemoryStore())
  })

  test('an image without a name is found by its position', async () => {
    const archive = await open(openDockerArchive, [...layers, config, manifestFile({ RepoTags: null })])
    expect(await archive.images()).toEqual([{ references: [], selector: '@0', digest: undefined }])
    await expectSameImage(archive, '@0')
  })

  test('an archive with an image layout of what a registry gave brings back those digests', async () => {
    const naming = {
      'io.containerd.image.name': 'docker.io/library/debian:13',
      'org.opencontainers.image.ref.name': '13',
    }
    const index = indexFile([{ ...image.manifest.descriptor, annotations: naming }])
    const paths = {
      Config: blobPath(image.config.descriptor.digest),
      Layers: image.layers.map(({ descriptor }) => blobPath(descriptor.digest)),
    }
    const archive = await open(openDockerArchive, [header, index, manifestFile(paths), ...blobFiles()])
    expect(archive.format).toBe('docker')
    expect((await archive.resolve('docker.io/library/debian:13')).digest).toBe(image.manifest.descriptor.digest)
    await copy(archive, '13', new MemoryStore())
  })

  test.each([
    ['lacks a blob', [image.manifest, image.config]],
    ['has uncompressed layers', [plain.manifest, ...plain.blobs.values()]],
  ])('an image layout that %s is passed over for manifest.json', async (_what, contents) => {
    const blobs = contents.map(({ descriptor, bytes }) => ({ name: blobPath(descriptor.digest), content: bytes }))
    const index = indexFile([
      named(contents[0]?.descriptor ?? image.manifest.descriptor, 'docker.io/library/debian:13'),
    ])
    const archive = await open(openDockerArchive, [header, index, ...blobs, ...layers, config, manifestFile()])
    await expectSameImage(archive, 'docker.io/library/debian:13')
  })

  test.each<[string, TarEntry[], string, RegExp]>([
    ['without manifest.json', [config], 'ARCHIVE_INVALID', /no manifest.json/],
    ['of docker 1.9', [{ name: 'repositories', content: '{}' }], 'ARCHIVE_UNSUPPORTED', /1\.9/],
    ['whose manifest.json is torn', [{ name: 'manifest.json', content: '[{"Con' }], 'ARCHIVE_INVALID', /not JSON/],
    ['whose manifest.json is an object', [{ name: 'manifest.json', content: '{}' }], 'ARCHIVE_INVALID', /an array/],
    ['whose layers are no names', [manifestFile({ Layers: [1] })], 'ARCHIVE_INVALID', /\[0\]\.Layers/],
    ['whose config is no name', [manifestFile({ Config: null })], 'ARCHIVE_INVALID', /\[0\]\.Config/],
  ])('an archive %s is refused', async (_what, entries, code, message) => {
    await expect(open(openDockerArchive, entries)).rejects.toMatchObject({
      code,
      message: expect.stringMatching(message),
    })
  })

  test.each<[string, TarEntry[], RegExp]>([
    ['without its config', [...layers, manifestFile()], /no config/],
    ['without a layer', [...layers.slice(1), config, manifestFile()], /no file .*layer.tar/],
    [
      'with a layer too few',
      [...layers, config, manifestFile({ Layers: layerNames.slice(1) })],
      /names 2 layers, manifest.json 1/,
    ],
    [
      'with its layers exchanged',
      [...layers, config, manifestFile({ Layers: layerNames.toReversed() })],
      /has diff ID/,
    ],
    ['with a config that is none', [...layers, { ...config, content: '{}' }, manifestFile()], /the config/],
    [
      'whose layer is a path out of it',
      [...layers, config, manifestFile({ Layers: ['../../etc/passwd', layerNames[1]] })],
      /no file/,
    ],
  ])('an image %s is refused when it is asked for', async (_what, entries, message) => {
    const archive = await open(openDockerArchive, entries)
    await expect(archive.resolve('@0')).rejects.toMatchObject({
      code: 'ARCHIVE_INVALID',
      message: expect.stringMatching(message),
    })
  })

  test('an abort while a layer is compressed ends it with the reason of the signal', async () => {
    const archive = await open(openDockerArchive, [...layers, config, manifestFile()])
    const abort = new AbortController()
    const resolving = archive.resolve('@0', { signal: abort.signal })
    abort.abort(new Error('enough'))
    await expect(resolving).rejects.toThrow('enough')
    await expectSameImage(archive, '@0')
  })
})

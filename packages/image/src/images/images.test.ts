import { readdir, rm, writeFile } from 'node:fs/promises'
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { shortId } from '@tsreg/oci'
import {
  jsonContent,
  makeArtifact,
  makeImage,
  makeIndex,
  pushContent,
  pushGraph,
  type TempDir,
  tempDir,
} from '@tsreg/testkit'
import type { Layout } from '../layout/layout.ts'
import { imageHistory } from './history.ts'
import { listImages } from './list.ts'
import { readImage } from './local-image.ts'
import { removeImage } from './remove.ts'
import { resolveImage } from './resolve.ts'
import { openImageStore } from './store.ts'

let directory: TempDir
let store: Layout
beforeEach(async () => {
  directory = await tempDir()
  store = await openImageStore(directory.join('images'))
})
afterEach(async () => directory[Symbol.asyncDispose]())

const image = makeImage({ seed: 1 })
const other = makeImage({ seed: 2 })
const centos = 'localhost:5000/centos:centos5'

async function add(graph: Parameters<typeof pushGraph>[1], reference: string): Promise<void> {
  await pushGraph(store, graph)
  await store.tag(graph.manifest.descriptor, reference)
}

const blobPath = (digest: string) => `${store.directory}/blobs/sha256/${digest.slice(7)}`

describe('listImages', () => {
  test('a row has the names, all three digests, the time, the platform and the stored size', async () => {
    await add(image, centos)
    const sizeBytes = [image.manifest, image.config, ...image.layers].reduce(
      (sum, { bytes }) => sum + bytes.byteLength,
      0,
    )
    expect(await listImages(store)).toEqual([
      {
        reference: centos,
        repository: 'localhost:5000/centos',
        tag: 'centos5',
        root: image.manifest.descriptor,
        manifestDigest: image.manifest.descriptor.digest,
        imageId: image.config.descriptor.digest,
        created: '1970-01-01T00:00:00Z',
        platform: { os: 'linux', architecture: 'amd64' },
        sizeBytes,
        parent: undefined,
        isIntermediate: false,
        problem: undefined,
      },
    ])
  })

  test('of an index the image that is held and fits the platform is shown, beside the digest of the index', async () => {
    const arm = { ...other, platform: { os: 'linux', architecture: 'arm64' } }
    await add(makeIndex({ manifests: [image, arm] }), centos)
    const rows = await listImages(store, { platform: { os: 'linux', architecture: 'arm64' } })
    expect(rows).toMatchObject([
      { manifestDigest: other.manifest.descriptor.digest, imageId: other.config.descriptor.digest },
    ])
    expect(rows[0]?.root.digest).not.toBe(rows[0]?.manifestDigest)
    const s390 = await listImages(store, { platform: { os: 'linux', architecture: 's390x' } })
    expect(s390).toMatchObject([{ manifestDigest: image.manifest.descriptor.digest }])
  })

  test('an image that lost its reference is listed without names', async () => {
    await add(image, centos)
    await add(other, centos)
    const rows = await listImages(store)
    expect(rows.map(({ reference, imageId }) => [reference, imageId])).toEqual([
      [undefined, image.config.descriptor.digest],
      [centos, other.config.descriptor.digest],
    ])
  })

  test('a broken image is listed with its problem and does not hide the others', async () => {
    await add(image, centos)
    await add(other, 'docker.io/library/debian:13')
    await rm(blobPath(image.config.descriptor.digest))
    await writeFile(blobPath(other.manifest.descriptor.digest), 'x'.repeat(other.manifest.bytes.byteLength))
    expect(await listImages(store)).toMatchObject([
      { reference: centos, imageId: undefined, problem: { code: 'BLOB_UNKNOWN' } },
      { reference: 'docker.io/library/debian:13', problem: { code: 'DIGEST_INVALID' } },
    ])
  })

  test('an artifact is listed with the digest of its config and no platform', async () => {
    await add(
      makeArtifact({ content: 'text', annotations: { 'org.opencontainers.image.created': '2026-01-02T03:04:05Z' } }),
      centos,
    )
    expect(await listImages(store)).toMatchObject([
      { created: '2026-01-02T03:04:05Z', platform: undefined, imageId: expect.stringMatching(/^sha256:44136fa3/) },
    ])
  })

  test('an image pulled by digest has a repository and no tag', async () => {
    const reference = `localhost:5000/centos@${image.manifest.descriptor.digest}`
    await add(image, reference)
    expect(await listImages(store)).toMatchObject([{ reference, repository: 'localhost:5000/centos', tag: undefined }])
  })
})

describe('resolveImage', () => {
  const options = { defaultRegistry: 'localhost:5000' }
  const id = image.config.descriptor.digest

  test.each([
    ['the full reference', centos, 'name'],
    ['the short reference', 'centos:centos5', 'name'],
    ['a digest of the repository', `centos@${image.manifest.descriptor.digest}`, 'name'],
    ['the full ID', id, 'id'],
    ['the hex digits of the ID', id.slice(7), 'id'],
    ['the short ID', shortId(id), 'id'],
    ['a prefix with its algorithm', id.slice(0, 10), 'id'],
    ['the manifest digest', image.manifest.descriptor.digest, 'id'],
    ['the beginning of the manifest digest', shortId(image.manifest.descriptor.digest), 'id'],
  ])('finds an image by %s', async (_what, text, by) => {
    await add(image, centos)
    await add(other, 'localhost:5000/other:latest')
    expect(await resolveImage(store, text, options)).toMatchObject({ by, image: { imageId: id } })
  })

  test('the tag latest is the default', async () => {
    await add(image, 'docker.io/library/debian:latest')
    expect(await resolveImage(store, 'debian')).toMatchObject({ by: 'name', image: { imageId: id } })
  })

  test('a name wins over an ID that begins with the same digits', async () => {
    await add(image, centos)
    const name = shortId(id)
    await add(other, `localhost:5000/${name}:latest`)
    expect(await resolveImage(store, name, options)).toMatchObject({
      by: 'name',
      image: { imageId: other.config.descriptor.digest },
    })
  })

  test('a prefix of several IDs is refused, and the candidates are named', async () => {
    await add(image, centos)
    await add(other, 'localhost:5000/other:v1')
    await store.tag(other.manifest.descriptor, 'localhost:5000/other:v2')
    const failure = resolveImage(store, 'sha256:', options)
    await expect(failure).rejects.toMatchObject({ code: 'IMAGE_UNKNOWN' })
    const digests = [image, other].flatMap(({ config, manifest }) => [
      config.descriptor.digest,
      manifest.descriptor.digest,
    ])
    const first = digests.map((digest) => digest[7] ?? '').find((digit, at, all) => all.indexOf(digit) !== at)
    const many = Array.from({ length: 17 }, (_, seed) => makeImage({ seed: 50 + seed, layers: 1, layerBytes: 10 }))
    for (const [at, made] of many.entries()) await add(made, `localhost:5000/many:${at}`)
    // 17 IDs and 16 digits: two of them share one.
    const ids = many.map(({ config }) => config.descriptor.digest[7] ?? '')
    const shared = first ?? ids.find((digit, at) => ids.indexOf(digit) !== at) ?? ''
    await expect(resolveImage(store, shared, options)).rejects.toMatchObject({
      code: 'AMBIGUOUS_ID',
      detail: {
        prefix: shared,
        candidates: expect.arrayContaining([expect.objectContaining({ references: expect.any(Array) })]),
      },
    })
  })

  test.each(['nothing', 'centos:other', '0000000000', `centos@sha256:${'0'.repeat(64)}`, 'NOT a reference', ''])(
    '%j is IMAGE_UNKNOWN',
    async (text) => {
      await add(image, centos)
      await expect(resolveImage(store, text, options)).rejects.toMatchObject({ code: 'IMAGE_UNKNOWN' })
    },
  )
})

describe('removeImage', () => {
  test('by name: untags, and deletes content of the last reference', async () => {
    await add(image, centos)
    await store.tag(image.manifest.descriptor, 'localhost:5000/centos:latest')
    expect(await removeImage(store, centos)).toEqual([{ kind: 'untagged', reference: centos }])
    expect(await removeImage(store, 'localhost:5000/centos')).toEqual([
      { kind: 'untagged', reference: 'localhost:5000/centos:latest' },
      ...[image.manifest, image.config, ...image.layers].map(({ descriptor }) => ({ kind: 'deleted', descriptor })),
    ])
    expect(await readdir(`${store.directory}/blobs/sha256`)).toEqual([])
  })

  test('by ID: an image with several references only by force', async () => {
    await add(image, centos)
    await store.tag(image.manifest.descriptor, 'localhost:5000/centos:latest')
    const id = shortId(image.config.descriptor.digest)
    await expect(removeImage(store, id)).rejects.toMatchObject({
      code: 'IN_USE',
      detail: { references: [centos, 'localhost:5000/centos:latest'] },
    })
    expect(await removeImage(store, id, { force: true })).toHaveLength(2 + 4)
    expect(await store.entries()).toEqual([])
  })

  test('a dangling image is removed by its ID', async () => {
    await add(image, centos)
    await add(other, centos)
    const facts = await removeImage(store, shortId(image.config.descriptor.digest))
    expect(facts.map(({ kind }) => kind)).toEqual(['deleted', 'deleted', 'deleted', 'deleted'])
    expect(await store.exists(other.manifest.descriptor)).toBe(true)
  })

  test('an image of an index takes the index with it', async () => {
    const index = makeIndex({ manifests: [image, { ...other, platform: { os: 'linux', architecture: 'arm64' } }] })
    await add(index, centos)
    await removeImage(store, centos)
    expect(await readdir(`${store.directory}/blobs/sha256`)).toEqual([])
  })
})

describe('imageHistory', () => {
  async function historyOf(history: readonly object[] | undefined) {
    const config = jsonContent(image.config.descriptor.mediaType, {
      ...JSON.parse(String(image.config.bytes)),
      history,
    })
    const layers = image.layers.map(({ descriptor }) => descriptor)
    const manifest = jsonContent(image.manifest.descriptor.mediaType, {
      schemaVersion: 2,
      config: config.descriptor,
      layers,
    })
    for (const content of [...image.layers, config, manifest]) await pushContent(store, content)
    return { rows: imageHistory(await readImage(store, manifest.descriptor)), id: config.descriptor.digest }
  }
  const [base, top] = image.layers.map(({ descriptor }) => descriptor.size)

  test('the newest step comes first and has the image ID; steps without a layer have no size', async () => {
    const { rows, id } = await historyOf([
      { created: '2020-01-01T00:00:00Z', created_by: 'ADD base' },
      { created_by: 'ENV a=b', empty_layer: true, comment: 'note' },
      { created_by: 'RUN top' },
    ])
    expect(rows.map(({ imageId, createdBy, sizeBytes, comment }) => [imageId, createdBy, sizeBytes, comment])).toEqual([
      [id, 'RUN top', top, ''],
      [undefined, 'ENV a=b', 0, 'note'],
      [undefined, 'ADD base', base, ''],
    ])
  })

  test('layers without history get rows of their own', async () => {
    const { rows } = await historyOf(undefined)
    expect(rows.map(({ sizeBytes }) => sizeBytes)).toEqual([top, base])
  })
})

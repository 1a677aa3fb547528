import { readdir } from 'node:fs/promises'
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { type Digest, digestOf, mediaTypes, shortId } from '@tsreg/oci'
import { fetchContent } from '@tsreg/oci/content'
import { contentOf, pushContent, type TempDir, tempDir } from '@tsreg/testkit'
import type { Layout } from '../layout/layout.ts'
import { commitImage, type NewImage } from './commit.ts'
import { listImages } from './list.ts'
import { readImage } from './local-image.ts'
import { imagesBuiltFrom } from './parent.ts'
import { type RemoveImageOptions, removeImage } from './remove.ts'
import { resolveImage } from './resolve.ts'
import { openImageStore } from './store.ts'

let directory: TempDir
let store: Layout
beforeEach(async () => {
  directory = await tempDir()
  store = await openImageStore(directory.join('images'))
})
afterEach(async () => directory[Symbol.asyncDispose]())

const app = 'localhost:5000/app:v1'

/** An image of one layer and so many steps above it. */
async function imageOf(steps: number, parent?: NewImage['parent']): Promise<NewImage> {
  const layer = contentOf(mediaTypes.dockerLayerGzip, Buffer.from('layer'))
  await pushContent(store, layer)
  return {
    config: {
      created: `2026-01-01T00:00:${String(steps).padStart(2, '0')}Z`,
      architecture: 'amd64',
      os: 'linux',
      config: { Env: ['A=b'] },
      rootfs: { type: 'layers', diff_ids: [digestOf('diff')] },
      history: Array.from({ length: steps }, (_, at) => ({ created_by: `step ${at}`, empty_layer: true })),
    },
    layers: [layer.descriptor],
    parent,
  }
}

/** `base` <- step 1 <- step 2 <- step 3: their IDs. */
async function build(names: readonly string[] = []): Promise<readonly Digest[]> {
  const ids: Digest[] = []
  for (let step = 0; step < 4; step++) {
    const name = step === 0 ? ['localhost:5000/base:v1'] : step === 3 ? names : []
    ids.push((await commitImage(store, await imageOf(step, ids.at(-1)), name)).imageId)
  }
  return ids
}

describe('commitImage', () => {
  test('writes config and manifest of OCI, and tags it', async () => {
    const image = await imageOf(1)
    const { imageId, manifest } = await commitImage(store, { ...image, annotations: { note: 'x' } }, [app])
    const read = await readImage(store, await store.resolve(app))
    expect(read.descriptor).toMatchObject(manifest)
    expect(read.manifest).toMatchObject({ mediaType: mediaTypes.ociManifest, annotations: { note: 'x' } })
    expect(read.manifest.config).toMatchObject({ mediaType: mediaTypes.ociConfig, digest: imageId })
    expect(read.manifest.layers).toEqual([{ ...image.layers[0], mediaType: mediaTypes.ociLayerGzip }])
    expect(String(await fetchContent(store, read.manifest.config))).toBe(JSON.stringify(image.config))
  })

  test('without a reference it is an image without a name', async () => {
    const { imageId } = await commitImage(store, await imageOf(1))
    expect(await listImages(store)).toMatchObject([{ reference: undefined, imageId, isIntermediate: false }])
    expect((await resolveImage(store, shortId(imageId))).image.imageId).toBe(imageId)
  })

  test('an image whose layer is not there is not tagged', async () => {
    const image = await imageOf(1)
    await store.prune({ minimumAgeMs: 0 })
    await expect(commitImage(store, image, [app])).rejects.toMatchObject({ code: 'MANIFEST_BLOB_UNKNOWN' })
    expect(await store.entries()).toEqual([])
  })

  test('as many diff IDs as layers are needed', async () => {
    const image = await imageOf(1)
    await expect(commitImage(store, { ...image, layers: [] })).rejects.toThrow('0 layers and 1 diff IDs')
  })
})

describe('parents', () => {
  test('unnamed images that others were built from are intermediate; the last is not', async () => {
    const ids = await build()
    expect(
      (await listImages(store)).map(({ imageId, parent, isIntermediate }) => [imageId, parent, isIntermediate]),
    ).toEqual([
      [ids[3], ids[2], false],
      [ids[2], ids[1], true],
      [ids[1], ids[0], true],
      [ids[0], undefined, false],
    ])
  })

  test('what was built from an image is found, also from none', async () => {
    const ids = await build()
    const [base = digestOf('')] = ids
    expect((await imagesBuiltFrom(store, base)).map(({ imageId }) => imageId)).toEqual([ids[1]])
    const fromScratch = await commitImage(store, await imageOf(9, 'scratch'))
    expect((await imagesBuiltFrom(store, 'scratch')).map(({ imageId }) => imageId)).toEqual([fromScratch.imageId])
  })

  test('a name that is given later leaves the parent noted', async () => {
    const ids = await build()
    const { image } = await resolveImage(store, ids[2] ?? '')
    await store.tag(image.root, app)
    expect((await resolveImage(store, app)).image.parent).toBe(ids[1])
    expect((await listImages(store)).filter(({ imageId }) => imageId === ids[2])).toHaveLength(1)
  })

  test('an image built twice is there once', async () => {
    await build()
    await build()
    expect(await listImages(store)).toHaveLength(4)
  })
})

describe('removeImage of built images', () => {
  const idsLeft = async () => (await listImages(store)).map(({ imageId }) => imageId).reverse()
  const deletedOf = async (text: string, options: RemoveImageOptions = {}) => {
    const facts = await removeImage(store, text, options)
    return facts.map((fact) => (fact.kind === 'untagged' ? fact.reference : fact.descriptor.digest))
  }

  test('the unnamed parents go with it, each after its child; the named base stays', async () => {
    const ids = await build([app])
    const deleted = await deletedOf(app)
    expect(deleted[0]).toBe(app)
    expect(deleted.filter((digest) => ids.includes(digest as Digest))).toEqual([ids[3], ids[2], ids[1]])
    expect(await idsLeft()).toEqual([ids[0]])
    expect(await readdir(`${store.directory}/blobs/sha256`)).toHaveLength(3)
  })

  test('parents that another image was built from stay', async () => {
    const ids = await build([app])
    const other = await commitImage(store, await imageOf(7, ids[1]))
    await deletedOf(app)
    expect(await idsLeft()).toEqual([ids[0], ids[1], other.imageId])
    await deletedOf(other.imageId)
    expect(await idsLeft()).toEqual([ids[0]])
  })

  test('parents stay when they are to', async () => {
    const ids = await build([app])
    await deletedOf(app, { parents: false })
    expect(await idsLeft()).toEqual(ids.slice(0, 3))
  })

  test('an image that others were built from loses its name only, and its ID cannot be removed', async () => {
    const ids = await build([app])
    expect(await deletedOf('localhost:5000/base:v1')).toEqual(['localhost:5000/base:v1'])
    expect(await idsLeft()).toEqual(ids)
    await expect(removeImage(store, ids[0] ?? '', { force: true })).rejects.toMatchObject({
      code: 'IN_USE',
      message: `conflict: unable to delete ${shortId(ids[0] ?? digestOf(''))} (cannot be forced) - image has dependent child images`,
    })
  })

  test.each([
    [{ isRunning: true, force: false }, 'cannot be forced', 'running'],
    [{ isRunning: true, force: true }, 'cannot be forced', 'running'],
    [{ isRunning: false, force: false }, 'must be forced', 'stopped'],
  ])('the image of a container, %j, is not removed by its ID', async ({ isRunning, force }, how, state) => {
    const ids = await build()
    const id = ids[3] ?? digestOf('')
    const containerId = 'c0ffee'.repeat(11)
    const userOf = async (imageId: Digest) => (imageId === id ? { containerId, isRunning } : undefined)
    await expect(removeImage(store, id, { force, userOf })).rejects.toMatchObject({
      code: 'IN_USE',
      message: `conflict: unable to delete ${shortId(id)} (${how}) - image is being used by ${state} container c0ffeec0ffee`,
    })
    expect(await idsLeft()).toEqual(ids)
  })

  test('the image of a stopped container is removed by force, and by name only so', async () => {
    const ids = await build([app])
    const userOf = async (imageId: Digest) =>
      imageId === ids[3] ? { containerId: 'c0ffee', isRunning: false } : undefined
    await expect(removeImage(store, app, { userOf })).rejects.toThrow(
      `conflict: unable to remove repository reference "${app}" (must force) - container c0ffee is using its referenced image`,
    )
    await deletedOf(app, { userOf, force: true })
    expect(await idsLeft()).toEqual([ids[0]])
  })

  test('by force, the image of a running container loses its name and stays', async () => {
    const ids = await build([app])
    const userOf = async (imageId: Digest) =>
      imageId === ids[3] ? { containerId: 'c0ffee', isRunning: true } : undefined
    await expect(removeImage(store, app, { userOf })).rejects.toThrow(
      `conflict: unable to remove repository reference "${app}" (must force) - container c0ffee is using its referenced image`,
    )
    expect(await deletedOf(app, { userOf, force: true })).toEqual([app])
    expect(await idsLeft()).toEqual(ids)
  })

  test('parents that a container was made from stay', async () => {
    const ids = await build([app])
    const userOf = async (imageId: Digest) =>
      imageId === ids[1] ? { containerId: 'c0ffee', isRunning: false } : undefined
    await deletedOf(app, { userOf })
    expect(await idsLeft()).toEqual([ids[0], ids[1]])
  })
})

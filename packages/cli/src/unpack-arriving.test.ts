import { describe, expect, test } from '@jest/globals'
import type { LayerStack, UnpackOptions } from '@tsreg/image/snapshot'
import type { Descriptor, Digest } from '@tsreg/oci'
import { copy, type Fetcher, MemoryStore, type ReadOnlyTarget, readAll } from '@tsreg/oci/content'
import { makeImage, pushGraph } from '@tsreg/testkit'
import type { Session } from './session.ts'
import { unpackArriving } from './unpack-arriving.ts'

const image = makeImage({ layers: 3 })
const [first, second] = image.layers.map(({ descriptor }) => descriptor.digest)
const progress = { row() {}, line() {}, close() {} }

async function prepared() {
  const source = new MemoryStore()
  await pushGraph(source, image)
  const images = new MemoryStore()
  const unpacked: Digest[] = []
  let onUnpacked = (_: Digest) => {}
  const snapshots = {
    async unpack(content: Fetcher, stack: LayerStack, { signal }: UnpackOptions) {
      expect(stack.diffIds).toEqual(image.diffIds)
      for (const layer of stack.layers) {
        await readAll(await content.fetch(layer, { signal }), layer.size)
        unpacked.push(layer.digest)
        onUnpacked(layer.digest)
      }
    },
  }
  const session = { images: async () => images, snapshots: async () => snapshots } as unknown as Session
  return {
    source,
    images,
    unpacked,
    session,
    onUnpacked(listener: (digest: Digest) => void) {
      onUnpacked = listener
    },
  }
}

/** The source, whose content of one digest comes only after the promise. */
function holdingBack(source: ReadOnlyTarget, digest: Digest | undefined, released: Promise<void>): ReadOnlyTarget {
  return {
    resolve: (reference, options) => source.resolve(reference, options),
    exists: (target, options) => source.exists(target, options),
    async fetch(target: Descriptor, options) {
      if (target.digest === digest) await released
      return source.fetch(target, options)
    },
  }
}

describe('an image that arrives', () => {
  test('has its first layer unpacked before the second one comes', async () => {
    const { source, images, unpacked, session, onUnpacked } = await prepared()
    const released = Promise.withResolvers<void>()
    onUnpacked((digest) => {
      if (digest === first) released.resolve()
    })
    const arriving = unpackArriving(session, holdingBack(source, second, released.promise), {
      progress,
      signal: new AbortController().signal,
    })
    await copy(arriving.source, image.manifest.descriptor.digest, images, { onProgress: arriving.onProgress })
    await arriving.finish()
    expect(unpacked).toEqual(image.layers.map(({ descriptor }) => descriptor.digest))
  })

  test('is left alone when the rest of it does not come', async () => {
    const { source, images, unpacked, session, onUnpacked } = await prepared()
    const broken = Promise.withResolvers<void>()
    onUnpacked(() => broken.reject(new Error('the network is gone')))
    const arriving = unpackArriving(session, holdingBack(source, second, broken.promise), {
      progress,
      signal: new AbortController().signal,
    })
    const copied = copy(arriving.source, image.manifest.descriptor.digest, images, { onProgress: arriving.onProgress })
    await expect(copied).rejects.toThrow('the network is gone')
    await arriving.abandon()
    expect(unpacked).toEqual([first])
    await expect(arriving.finish()).rejects.toMatchObject({ name: 'AbortError' })
  })

  test('that is here already is not unpacked by this', async () => {
    const { source, images, unpacked, session } = await prepared()
    await copy(source, image.manifest.descriptor.digest, images)
    const arriving = unpackArriving(session, source, { progress, signal: new AbortController().signal })
    await copy(arriving.source, image.manifest.descriptor.digest, images, { onProgress: arriving.onProgress })
    await arriving.finish()
    expect(unpacked).toEqual([])
  })
})

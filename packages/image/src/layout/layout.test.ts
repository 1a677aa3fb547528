import { link, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { beforeEach, describe, expect, test } from '@jest/globals'
import { digestOf } from '@tsreg/oci'
import { copy, MemoryStore } from '@tsreg/oci/content'
import { describeTarget } from '@tsreg/oci/testing'
import { collect, collectItems, makeImage, makeIndex, pushContent, pushGraph, tempDir } from '@tsreg/testkit'
import type { Layout } from './layout.ts'
import { openLayout, openLayoutReader } from './open.ts'

describeTarget('an image layout', async () => {
  const directory = await tempDir()
  return { target: await openLayout(directory.path), close: async () => directory[Symbol.asyncDispose]() }
})

const image = makeImage({ seed: 1 })
const other = makeImage({ seed: 2 })

async function withLayout(work: (layout: Layout) => Promise<void>, options = {}): Promise<void> {
  await using directory = await tempDir()
  await work(await openLayout(directory.join('store'), options))
}

async function indexOf(layout: Layout) {
  return JSON.parse(await readFile(`${layout.directory}/index.json`, 'utf8'))
}

describe('references of a layout', () => {
  test('a full reference is written as the annotations of image-spec and containerd, and read back', () =>
    withLayout(async (layout) => {
      await pushGraph(layout, image)
      await layout.tag(image.manifest.descriptor, 'localhost:5000/centos:centos5')
      expect((await indexOf(layout)).manifests).toEqual([
        {
          ...image.manifest.descriptor,
          annotations: {
            'io.containerd.image.name': 'localhost:5000/centos:centos5',
            'org.opencontainers.image.ref.name': 'localhost:5000/centos:centos5',
          },
        },
      ])
      expect(await layout.resolve('localhost:5000/centos:centos5')).toEqual(image.manifest.descriptor)
    }))

  test('a bare tag is written as it is', () =>
    withLayout(async (layout) => {
      await pushGraph(layout, image)
      await layout.tag(image.manifest.descriptor, 'v1')
      expect((await indexOf(layout)).manifests[0].annotations).toEqual({ 'org.opencontainers.image.ref.name': 'v1' })
    }))

  test('an archive written by docker is found by its full name and by its tag', () =>
    withLayout(async (layout) => {
      await pushGraph(layout, image)
      const annotations = {
        'io.containerd.image.name': 'docker.io/library/debian:13',
        'org.opencontainers.image.ref.name': '13',
        custom: 'kept',
      }
      const manifests = [{ ...image.manifest.descriptor, annotations, unknownField: 1 }]
      await writeFile(`${layout.directory}/index.json`, JSON.stringify({ schemaVersion: 2, manifests, more: true }))
      expect(await collectItems(layout.tags())).toEqual(['docker.io/library/debian:13'])
      const expected = { ...image.manifest.descriptor, annotations: { custom: 'kept' } }
      expect(await layout.resolve('13')).toEqual(expected)
      expect(await layout.resolve('docker.io/library/debian:13')).toEqual(expected)
      await layout.tag(image.manifest.descriptor, 'mine')
      expect(await indexOf(layout)).toMatchObject({ more: true, manifests: [{ unknownField: 1, annotations }, {}] })
    }))

  test('a manifest whose reference moves on is dropped from the index, and its content stays', () =>
    withLayout(async (layout) => {
      await pushGraph(layout, image)
      await pushGraph(layout, other)
      await layout.tag(image.manifest.descriptor, 'v1')
      await layout.tag(other.manifest.descriptor, 'v1')
      expect((await layout.entries()).map(({ descriptor }) => descriptor.digest)).toEqual([
        other.manifest.descriptor.digest,
      ])
      expect(await layout.exists(image.manifest.descriptor)).toBe(true)
    }))

  test('where replaced manifests are kept, they stay without a reference until they get one again', () =>
    withLayout(
      async (layout) => {
        await pushGraph(layout, image)
        await pushGraph(layout, other)
        await layout.tag(image.manifest.descriptor, 'v1')
        await layout.tag(other.manifest.descriptor, 'v1')
        const { digest } = image.manifest.descriptor
        expect(await layout.entries()).toMatchObject([
          { descriptor: { digest }, reference: undefined },
          { reference: 'v1' },
        ])
        await layout.tag(image.manifest.descriptor, 'old')
        expect((await layout.entries()).map(({ reference }) => reference)).toEqual(['v1', 'old'])
      },
      { replaced: 'keep' },
    ))

  test('its own digest as reference keeps a manifest without a name; the digest of another is refused', () =>
    withLayout(async (layout) => {
      await pushGraph(layout, image)
      await layout.tag(image.manifest.descriptor, image.manifest.descriptor.digest)
      expect(await layout.entries()).toEqual([
        { descriptor: image.manifest.descriptor, reference: undefined, raw: image.manifest.descriptor },
      ])
      await expect(layout.tag(image.manifest.descriptor, digestOf('x'))).rejects.toMatchObject({ code: 'TAG_INVALID' })
    }))

  test.each(['', 'two words', 'line\nbreak', 'x'.repeat(1025)])('the reference %j is refused', (reference) =>
    withLayout(async (layout) => {
      await pushGraph(layout, image)
      await expect(layout.tag(image.manifest.descriptor, reference)).rejects.toMatchObject({ code: 'TAG_INVALID' })
    }),
  )
})

describe('completeness', () => {
  test('an image manifest that lacks a blob cannot be tagged; the message names the blob', () =>
    withLayout(async (layout) => {
      const [layer] = image.layers
      for (const blob of image.blobs.values()) if (blob !== layer) await pushContent(layout, blob)
      await pushContent(layout, image.manifest)
      const failure = layout.tag(image.manifest.descriptor, 'v1')
      await expect(failure).rejects.toMatchObject({ code: 'MANIFEST_BLOB_UNKNOWN' })
      await expect(failure).rejects.toThrow(layer?.descriptor.digest)
      expect(await layout.entries()).toEqual([])
    }))

  test('an image manifest that lacks a blob does not count as there, so that a copy brings the blob', () =>
    withLayout(async (layout) => {
      await pushGraph(layout, image)
      expect(await layout.exists(image.manifest.descriptor)).toBe(true)
      await layout.delete(image.config.descriptor)
      expect(await layout.exists(image.manifest.descriptor)).toBe(false)
    }))

  test.each([0, 1])('a copy repairs a damaged manifest and a missing layer (%i)', (layer) =>
    withLayout(async (layout) => {
      const source = new MemoryStore()
      await pushGraph(source, image)
      const { digest, size } = image.manifest.descriptor
      await copy(source, digest, layout, { tag: 'v1' })
      await writeFile(`${layout.directory}/blobs/sha256/${digest.slice(7)}`, 'x'.repeat(size))
      await rm(`${layout.directory}/blobs/sha256/${image.layers[layer]?.descriptor.digest.slice(7)}`)
      expect(await layout.exists(image.manifest.descriptor)).toBe(false)
      await copy(source, digest, layout, { tag: 'v1' })
      await copy(layout, 'v1', new MemoryStore())
    }),
  )

  test('an index of which one platform was pulled can be tagged', () =>
    withLayout(async (layout) => {
      const index = makeIndex({ manifests: [image, { ...other, platform: { os: 'linux', architecture: 'arm64' } }] })
      await pushGraph(layout, image)
      await pushContent(layout, index.manifest)
      await layout.tag(index.manifest.descriptor, 'v1')
      expect(await layout.exists(index.manifest.descriptor)).toBe(true)
    }))

  test('a truncated blob does not exist, is not served, and a push replaces it', () =>
    withLayout(async (layout) => {
      const { descriptor, bytes } = image.config
      const path = `${layout.directory}/blobs/sha256/${descriptor.digest.slice(7)}`
      await pushContent(layout, image.config)
      await writeFile(path, bytes.subarray(0, 10))
      expect(await layout.exists(descriptor)).toBe(false)
      await expect(layout.fetch(descriptor)).rejects.toMatchObject({
        code: 'CONTENT_CORRUPT',
        detail: { received: 10 },
      })
      await pushContent(layout, image.config)
      expect(await collect(await layout.fetch(descriptor))).toEqual(Buffer.from(bytes))
    }))
})

describe('remove', () => {
  let shared: ReturnType<typeof makeImage>
  beforeEach(() => {
    // The same first layer and another second one.
    const file = (name: string) => [{ name, content: name }]
    shared = makeImage({ layers: [file('base'), file('top')] })
  })

  test('content that another entry leads to is kept, and the rest is deleted, manifests first', () =>
    withLayout(async (layout) => {
      const sibling = makeImage({ layers: [[{ name: 'base', content: 'base' }], [{ name: 'side', content: 'side' }]] })
      await pushGraph(layout, shared)
      await pushGraph(layout, sibling)
      await layout.tag(shared.manifest.descriptor, 'a')
      await layout.tag(sibling.manifest.descriptor, 'b')
      const { entries, deleted } = await layout.remove(({ reference }) => reference === 'a')
      expect(entries.map(({ reference }) => reference)).toEqual(['a'])
      expect(deleted.map(({ digest }) => digest)).toEqual([
        shared.manifest.descriptor.digest,
        shared.config.descriptor.digest,
        shared.layers[1]?.descriptor.digest,
      ])
      expect(await readdir(`${layout.directory}/blobs/sha256`)).toHaveLength(4)
      expect(await layout.exists(sibling.manifest.descriptor)).toBe(true)
    }))

  test('an image whose manifest is damaged can be removed', () =>
    withLayout(async (layout) => {
      await pushGraph(layout, shared)
      await layout.tag(shared.manifest.descriptor, 'a')
      await writeFile(`${layout.directory}/blobs/sha256/${shared.manifest.descriptor.digest.slice(7)}`, 'damaged')
      const { deleted } = await layout.remove(() => true)
      expect(deleted.map(({ digest }) => digest)).toEqual([shared.manifest.descriptor.digest])
      expect(await layout.entries()).toEqual([])
    }))

  test('prune deletes what nothing names and leaves files of others', () =>
    withLayout(async (layout) => {
      await pushGraph(layout, shared)
      await pushGraph(layout, other)
      await layout.tag(other.manifest.descriptor, 'kept')
      await writeFile(`${layout.directory}/blobs/sha256/README`, 'not a blob')
      expect(await layout.prune()).toEqual([])
      expect(await layout.prune({ minimumAgeMs: 0 })).toHaveLength(4)
      expect(await readdir(`${layout.directory}/blobs/sha256`)).toHaveLength(5)
      expect(await layout.exists(other.manifest.descriptor)).toBe(true)
    }))

  test('prune deletes both names of a blob whose receiver was killed between giving it the one and taking the other', () =>
    withLayout(async (layout) => {
      await pushContent(layout, image.config)
      const { digest } = image.config.descriptor
      const received = `${layout.directory}/ingest/${digest.replace(':', '-')}.0123456789ab.tmp`
      await link(`${layout.directory}/blobs/sha256/${digest.slice(7)}`, received)
      await new Promise((resolve) => setTimeout(resolve, 50))
      expect((await layout.prune({ minimumAgeMs: 20 })).toSorted()).toEqual(
        [`${layout.directory}/blobs/sha256/${digest.slice(7)}`, received].toSorted(),
      )
    }))
})

describe('a layout that is only read', () => {
  test('is read without any file being made in it', () =>
    withLayout(async (layout) => {
      await pushContent(layout, image.config)
      const before = await readdir(layout.directory, { recursive: true })
      const reader = await openLayoutReader(layout.directory)
      expect(await collect(await reader.fetch(image.config.descriptor, { offset: 5 }))).toHaveLength(
        image.config.descriptor.size - 5,
      )
      expect(await readdir(layout.directory, { recursive: true })).toEqual(before)
    }))
})

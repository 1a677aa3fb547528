import { readdir, readFile } from 'node:fs/promises'
import { PassThrough } from 'node:stream'
import { afterEach, beforeEach, expect, test } from '@jest/globals'
import { copy, MemoryStore } from '@tsreg/oci/content'
import {
  collect,
  makeArtifact,
  makeImage,
  makeIndex,
  pushContent,
  pushGraph,
  type TempDir,
  tempDir,
} from '@tsreg/testkit'
import { openDockerArchive } from './docker-archive.ts'
import { openOciArchive } from './oci-archive.ts'
import { saveArchive } from './save.ts'
import { openTarArchive } from './tar-archive.ts'

let directory: TempDir
let source: MemoryStore
const image = makeImage({ seed: 1 })
const other = makeImage({ seed: 2, platform: { os: 'linux', architecture: 'arm64' } })
const centos = 'localhost:5000/centos:centos5'

beforeEach(async () => {
  directory = await tempDir()
  source = new MemoryStore()
  await pushGraph(source, image)
})
afterEach(async () => directory[Symbol.asyncDispose]())

async function dockerManifestOf(file: string) {
  const tar = await openTarArchive(file)
  const bytes = await tar.read('manifest.json', 1_000_000)
  await tar.close()
  return JSON.parse(String(bytes))
}

test('a saved image is read back with its digest, as OCI archive and as docker archive', async () => {
  const file = directory.join('image.tar')
  const { digest } = image.manifest.descriptor
  await saveArchive(source, [{ reference: digest, names: [centos, 'docker.io/library/debian:13'] }], file)
  for (const open of [openOciArchive, openDockerArchive]) {
    await using archive = await open(file)
    expect((await copy(archive, centos, new MemoryStore())).digest).toBe(digest)
    expect((await archive.images()).map(({ references }) => references)).toEqual([
      [centos],
      ['docker.io/library/debian:13'],
    ])
  }
  expect(await dockerManifestOf(file)).toEqual([
    {
      Config: `blobs/sha256/${image.config.descriptor.digest.slice(7)}`,
      RepoTags: [centos, 'debian:13'],
      Layers: image.layers.map(({ descriptor }) => `blobs/sha256/${descriptor.digest.slice(7)}`),
    },
  ])
})

test('the same images give the same bytes, in a file and in a stream', async () => {
  const images = [{ reference: image.manifest.descriptor.digest, names: [centos] }]
  await saveArchive(source, images, directory.join('image.tar'))
  const stream = new PassThrough()
  const [streamed] = await Promise.all([collect(stream), saveArchive(source, images, stream)])
  expect((await readFile(directory.join('image.tar'))).equals(streamed)).toBe(true)
})

test('an index is saved with the images that are there, and manifest.json names the one of the platform', async () => {
  const index = makeIndex({ manifests: [image, other, makeImage({ seed: 3 })] })
  await pushGraph(source, other)
  await pushContent(source, index.manifest)
  const file = directory.join('index.tar')
  const images = [{ reference: index.manifest.descriptor.digest, names: [centos] }]
  await saveArchive(source, images, file, { platform: { os: 'linux', architecture: 'arm64' } })
  expect(await dockerManifestOf(file)).toMatchObject([
    { Config: `blobs/sha256/${other.config.descriptor.digest.slice(7)}` },
  ])
  await using archive = await openOciArchive(file)
  expect(await archive.resolve(centos)).toEqual(index.manifest.descriptor)
  expect(await archive.exists(image.config.descriptor)).toBe(true)
})

test('an artifact is saved, and manifest.json does not tell of it', async () => {
  const artifact = makeArtifact({ content: 'text' })
  await pushGraph(source, artifact)
  const file = directory.join('artifact.tar')
  await saveArchive(source, [{ reference: artifact.manifest.descriptor.digest, names: [] }], file)
  expect(await dockerManifestOf(file)).toEqual([])
  await using archive = await openOciArchive(file)
  await copy(archive, artifact.manifest.descriptor.digest, new MemoryStore())
})

test('an image that is not there, and an abort, leave no file', async () => {
  const file = directory.join('none.tar')
  await expect(saveArchive(source, [{ reference: 'absent', names: [] }], file)).rejects.toMatchObject({
    code: 'MANIFEST_UNKNOWN',
  })
  const signal = AbortSignal.abort(new Error('enough'))
  const images = [{ reference: image.manifest.descriptor.digest, names: [] }]
  await expect(saveArchive(source, images, file, { signal })).rejects.toThrow()
  expect(await readdir(directory.path)).toEqual([])
})

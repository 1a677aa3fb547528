import { describe, expect, test } from '@jest/globals'
import { mediaTypes } from '@tsreg/oci'
import { copy, MemoryStore } from '@tsreg/oci/content'
import { describeTarget } from '@tsreg/oci/testing'
import { chunked, collect, contentOf, makeArtifact, makeImage, pushGraph } from '@tsreg/testkit'
import { fakeRegistry } from './testing/fake-registry.ts'
import { openScripted } from './testing/open-scripted.ts'

for (const options of [{}, { referrers: false }, { maxRequestBytes: 60_000 }]) {
  describeTarget(`a remote repository ${JSON.stringify(options)}`, async () => {
    const server = await fakeRegistry(options)
    const { registry } = openScripted(server.host)
    return {
      target: registry.repository('repo'),
      close: async () => {
        await registry.close()
        await server[Symbol.asyncDispose]()
      },
    }
  })
}

describe('RemoteRepository', () => {
  test('an image copied to a registry and back is the same', async () => {
    await using server = await fakeRegistry()
    await using client = openScripted(server.host)
    const repository = client.registry.repository('repo')
    const image = makeImage({ layerBytes: 300_000 })
    const local = new MemoryStore()
    await pushGraph(local, image)
    const digest = image.manifest.descriptor.digest
    await copy(local, digest, repository, { tag: 'v1' })
    const back = new MemoryStore()
    await copy(repository, 'v1', back, { tag: 'v1' })
    expect((await back.resolve('v1')).digest).toBe(digest)
    for (const layer of image.layers) {
      expect(Buffer.compare(await collect(await back.fetch(layer.descriptor)), layer.bytes)).toBe(0)
    }
    expect(server.openUploads).toBe(0)
  })

  test('a sha512 blob goes up and down', async () => {
    await using server = await fakeRegistry()
    await using client = openScripted(server.host)
    const { descriptor, bytes } = contentOf('application/octet-stream', 'sixty-four bytes of digest', 'sha512')
    const repository = client.registry.repository('repo')
    await repository.push(descriptor, async () => chunked(bytes, 10))
    expect((await collect(await repository.fetch(descriptor))).toString()).toBe('sixty-four bytes of digest')
  })

  test('bytes of a manifest that are not those described never leave', async () => {
    await using server = await fakeRegistry()
    await using client = openScripted(server.host)
    const repository = client.registry.repository('repo')
    const { descriptor } = contentOf(mediaTypes.ociManifest, '{"schemaVersion":2}')
    const other = async () => chunked(Buffer.from('{"schemaVersion":3}'), 5)
    await expect(repository.push(descriptor, other)).rejects.toMatchObject({ code: 'DIGEST_INVALID' })
    expect(await repository.exists(descriptor)).toBe(false)
  })

  test('a manifest just pushed is tagged without being fetched', async () => {
    await using server = await fakeRegistry({ referrers: false })
    await using client = openScripted(server.host)
    const repository = client.registry.repository('repo')
    const artifact = makeArtifact()
    await pushGraph(repository, artifact)
    await repository.tag(artifact.manifest.descriptor, 'v1')
    expect((await repository.resolve('v1')).digest).toBe(artifact.manifest.descriptor.digest)
  })

  test.each(['', 'UPPER', 'a//b', '../escape', 'a b'])('%j is no repository name', (name) => {
    const client = openScripted('registry.example')
    expect(() => client.registry.repository(name)).toThrow(expect.objectContaining({ code: 'NAME_INVALID' }))
  })

  test.each([
    ['bad tag', 'TAG_INVALID'],
    ['../../_catalog', 'TAG_INVALID'],
    ['sha256:short', 'DIGEST_INVALID'],
  ])('the reference %j is refused before it reaches a path', async (reference, code) => {
    const repository = openScripted('registry.example').registry.repository('repo')
    await expect(async () => repository.resolve(reference)).rejects.toMatchObject({ code })
    await expect(repository.fetchManifest(reference)).rejects.toMatchObject({ code })
  })
})

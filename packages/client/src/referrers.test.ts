import { describe, expect, test } from '@jest/globals'
import { type Descriptor, digestOf, mediaTypes } from '@tsreg/oci'
import { fallbackTag } from '@tsreg/oci/distribution'
import { collectItems, makeArtifact, makeImage, pushGraph, type ScriptStep, scriptedServer } from '@tsreg/testkit'
import { fakeRegistry } from './testing/fake-registry.ts'
import { openScripted } from './testing/open-scripted.ts'

const subject = makeImage().manifest.descriptor
const path = `/v2/repo/referrers/${subject.digest}`
const tagPath = `/v2/repo/manifests/${fallbackTag(subject.digest)}`
const entry = (type: string): Descriptor => ({
  mediaType: mediaTypes.ociManifest,
  digest: digestOf(type),
  size: 1,
  artifactType: `application/${type}`,
})
const index = (...manifests: readonly unknown[]) => ({ schemaVersion: 2, mediaType: mediaTypes.ociIndex, manifests })
const indexType = { 'content-type': mediaTypes.ociIndex }
const noApi: ScriptStep = { request: { path }, response: { status: 404 } }

async function list(script: readonly ScriptStep[], artifactType?: string) {
  await using server = await scriptedServer(script, { ordered: true })
  await using client = openScripted(server.host)
  const options = artifactType === undefined ? {} : { artifactType }
  const found = await collectItems(client.registry.repository('repo').referrers(subject.digest, options))
  return found.map((descriptor) => descriptor.artifactType?.replace('application/', ''))
}

describe('referrers', () => {
  test('come from the registry, page by page', async () => {
    const script: ScriptStep[] = [
      { request: { path }, response: { body: index(entry('a')), headers: { link: `<${path}?page=2>; rel="next"` } } },
      { request: { path: `${path}?page=2` }, response: { body: index(entry('b')) } },
    ]
    expect(await list(script)).toEqual(['a', 'b'])
  })

  test('are filtered here where the registry does not say that it did', async () => {
    const script: ScriptStep[] = [
      { request: { path: `${path}?artifactType=application%2Fa` }, response: { body: index(entry('a'), entry('b')) } },
    ]
    expect(await list(script, 'application/a')).toEqual(['a'])
  })

  test('are taken as they are where it says so', async () => {
    const headers = { 'oci-filters-applied': 'artifactType' }
    const script: ScriptStep[] = [
      { request: { path: `${path}?artifactType=application%2Fa` }, response: { body: index(entry('a')), headers } },
    ]
    expect(await list(script, 'application/a')).toEqual(['a'])
  })

  test('come from the fallback tag where the registry has no API, filtered', async () => {
    const tagged: ScriptStep = {
      request: { path: tagPath },
      response: { body: JSON.stringify(index(entry('a'), entry('b'))), headers: indexType },
    }
    expect(await list([noApi, tagged])).toEqual(['a', 'b'])
    expect(
      await list(
        [{ request: { path: `${path}?artifactType=application%2Fb` }, response: { status: 404 } }, tagged],
        'application/b',
      ),
    ).toEqual(['b'])
  })

  test.each([
    ['does not exist', { status: 404 }],
    [
      'is an image',
      {
        body: JSON.stringify({ schemaVersion: 2, config: entry('x'), layers: [] }),
        headers: { 'content-type': mediaTypes.ociManifest },
      },
    ],
    ['is a web page', { body: '<html>', headers: { 'content-type': 'text/html' } }],
  ])('are none where the fallback tag %s', async (_what, response) => {
    expect(await list([noApi, { request: { path: tagPath }, response }])).toEqual([])
  })

  test.each([
    ['a web page', '<html>'],
    ['no index', '{}'],
    ['an entry that is no descriptor', JSON.stringify(index({ digest: 'x' }))],
  ])('that come as %s are a broken protocol', async (_what, body) => {
    await expect(list([{ request: { path }, response: { body } }])).rejects.toMatchObject({ code: 'PROTOCOL' })
  })

  test('that may not be seen are a refusal, not none', async () => {
    await expect(list([{ request: { path }, response: { status: 403 } }])).rejects.toMatchObject({ code: 'DENIED' })
  })
})

describe('the fallback tag', () => {
  test('holds what was pushed, once each, and loses what is deleted', async () => {
    await using server = await fakeRegistry({ referrers: false })
    await using client = openScripted(server.host)
    const repository = client.registry.repository('repo')
    const image = makeImage()
    await pushGraph(repository, image)
    const artifacts = ['a', 'b', 'c'].map((name) =>
      makeArtifact({ subject: image.manifest.descriptor, artifactType: `application/${name}`, annotations: { name } }),
    )
    // All at once: none must overwrite another.
    await Promise.all(artifacts.map((artifact) => pushGraph(repository, artifact)))
    for (const artifact of artifacts) await pushGraph(repository, artifact)
    const listed = async () =>
      (await collectItems(repository.referrers(image.manifest.descriptor.digest))).map(
        ({ annotations }) => annotations?.name,
      )
    expect((await listed()).sort()).toEqual(['a', 'b', 'c'])
    for (const artifact of artifacts.slice(1)) await repository.delete(artifact.manifest.descriptor)
    expect(await listed()).toEqual(['a'])
  })

  test('is left alone where the registry lists referrers itself', async () => {
    await using server = await fakeRegistry()
    await using client = openScripted(server.host)
    const repository = client.registry.repository('repo')
    const image = makeImage()
    await pushGraph(repository, image)
    await pushGraph(repository, makeArtifact({ subject: image.manifest.descriptor }))
    expect(await collectItems(repository.tags())).toEqual([])
    expect(await collectItems(repository.referrers(image.manifest.descriptor.digest))).toHaveLength(1)
  })

  const artifact = makeArtifact({ subject, artifactType: 'application/a' })
  const { bytes, descriptor } = artifact.manifest
  const pushed: ScriptStep = {
    request: { method: 'PUT', path: `/v2/repo/manifests/${descriptor.digest}` },
    response: { status: 201 },
  }
  const own = { ...descriptor, artifactType: 'application/a' }
  const state = (etag: string, ...manifests: readonly unknown[]): ScriptStep => ({
    request: { path: tagPath },
    response: {
      body: JSON.stringify({ ...index(...manifests), annotations: { kept: 'yes' } }),
      headers: { ...indexType, etag },
    },
  })

  async function push(script: readonly ScriptStep[]) {
    await using server = await scriptedServer(script, { ordered: true })
    await using client = openScripted(server.host)
    const options = { bytes, mediaType: descriptor.mediaType, reference: descriptor.digest }
    await client.registry.repository('repo').pushManifest(options)
    return server.requests
  }

  test('is written on condition, and again on top of what another client wrote', async () => {
    const put = (etag: string, status: number): ScriptStep => ({
      request: { method: 'PUT', path: tagPath, headers: { 'if-match': etag } },
      response: { status },
    })
    const requests = await push([
      pushed,
      state('"1"', entry('x')),
      put('"1"', 412),
      state('"2"', entry('x'), entry('y')),
      put('"2"', 201),
      state('"3"', entry('x'), entry('y'), own),
    ])
    expect(JSON.parse(requests[4]?.body.toString() ?? '')).toEqual({
      ...index(entry('x'), entry('y'), own),
      annotations: { kept: 'yes' },
    })
  })

  test('is written again when another client wrote over it', async () => {
    const put: ScriptStep = { request: { method: 'PUT', path: tagPath }, response: { status: 201 } }
    await push([pushed, state('"1"'), put, state('"2"', entry('y')), put, state('"3"', entry('y'), own)])
  })

  test('that is created must not exist', async () => {
    const put: ScriptStep = {
      request: { method: 'PUT', path: tagPath, headers: { 'if-none-match': '*' } },
      response: { status: 201 },
    }
    await push([pushed, { request: { path: tagPath }, response: { status: 404 } }, put, state('"1"', own)])
  })

  test('that holds something else is not overwritten', async () => {
    const foreign: ScriptStep = {
      request: { path: tagPath },
      response: {
        body: JSON.stringify({ schemaVersion: 2, config: entry('x'), layers: [] }),
        headers: { 'content-type': mediaTypes.ociManifest },
      },
    }
    await expect(push([pushed, foreign])).rejects.toMatchObject({ code: 'MANIFEST_INVALID' })
  })
})

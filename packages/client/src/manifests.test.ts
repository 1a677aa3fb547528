import { describe, expect, test } from '@jest/globals'
import { digestOf } from '@tsreg/oci'
import { makeImage, type ScriptedReply, type ScriptStep, scriptedServer } from '@tsreg/testkit'
import { openScripted } from './testing/open-scripted.ts'

const { manifest } = makeImage()
const { digest, mediaType, size } = manifest.descriptor
const body = manifest.bytes
const headers = { 'content-type': mediaType, 'docker-content-digest': digest }

async function using<T>(
  script: readonly ScriptStep[],
  run: (repository: ReturnType<ReturnType<typeof openScripted>['registry']['repository']>) => Promise<T>,
): Promise<T> {
  await using server = await scriptedServer(script, { ordered: true })
  await using client = openScripted(server.host)
  return await run(client.registry.repository('repo'))
}

const get = (reply: ScriptedReply, reference = 'v1'): ScriptStep => ({
  request: { path: `/v2/repo/manifests/${reference}` },
  response: reply,
})
const head = (reply: ScriptedReply, reference = 'v1'): ScriptStep => ({
  request: { method: 'HEAD', path: `/v2/repo/manifests/${reference}` },
  response: reply,
})

describe('resolve', () => {
  test('is one HEAD where the registry tells everything', async () => {
    const resolved = await using([head({ headers, body })], (repository) => repository.resolve('v1'))
    expect(resolved).toEqual({ digest, mediaType, size })
  })

  const partial: readonly [string, ScriptedReply][] = [
    ['the digest', { headers: { 'content-type': mediaType }, body }],
    ['the type', { headers: { 'docker-content-digest': digest }, body }],
    ['a type that names a manifest', { headers: { ...headers, 'content-type': 'text/plain' }, body }],
    ['the method', { status: 405 }],
  ]
  test.each(partial)('asks by GET where HEAD lacks %s', async (_what, reply) => {
    const script = [head(reply), get({ headers: { 'content-type': mediaType }, body })]
    expect(await using(script, (repository) => repository.resolve('v1'))).toEqual({ digest, mediaType, size })
  })

  test('of what is not there is MANIFEST_UNKNOWN', async () => {
    await expect(using([head({ status: 404 })], (repository) => repository.resolve('v1'))).rejects.toMatchObject({
      code: 'MANIFEST_UNKNOWN',
    })
  })
})

describe('a manifest', () => {
  test('is returned as it is, with its descriptor', async () => {
    const fetched = await using([get({ headers: { ...headers, etag: '"e"' }, body })], (repository) =>
      repository.fetchManifest('v1'),
    )
    expect(fetched.descriptor).toEqual({ digest, mediaType, size })
    expect(fetched.etag).toBe('"e"')
    expect(Buffer.compare(fetched.bytes, body)).toBe(0)
  })

  test.each(['application/json', 'text/plain; charset=utf-8', `${mediaType}; charset=utf-8`])(
    'that comes as %s has the type that it says itself',
    async (type) => {
      const fetched = await using([get({ headers: { 'content-type': type }, body })], (repository) =>
        repository.fetchManifest('v1'),
      )
      expect(fetched.descriptor.mediaType).toBe(mediaType)
    },
  )

  const other = digestOf('other')
  const garbage: readonly [string, ScriptedReply, string][] = [
    ['a web page', { body: '<html>Log in</html>', headers: { 'content-type': 'text/html' } }, 'PROTOCOL'],
    ['nothing', { body: '' }, 'PROTOCOL'],
    ['broken JSON', { body: '{"schemaVersion":2', headers: { 'content-type': mediaType } }, 'PROTOCOL'],
    ['JSON that is no object', { body: '[1]', headers: { 'content-type': mediaType } }, 'PROTOCOL'],
    ['JSON of something else', { body: { hello: 'world' } }, 'PROTOCOL'],
    [
      'bytes that are no text',
      { body: Buffer.from([0xff, 0xfe, 0, 1]), headers: { 'content-type': mediaType } },
      'PROTOCOL',
    ],
    ['deeply nested JSON', { body: `${'['.repeat(100_000)}${']'.repeat(100_000)}` }, 'PROTOCOL'],
    [
      'another type than it says itself',
      { headers: { 'content-type': 'application/vnd.oci.image.index.v1+json' }, body },
      'MANIFEST_INVALID',
    ],
    [
      'schema 1',
      {
        body: { schemaVersion: 1, fsLayers: [] },
        headers: { 'content-type': 'application/vnd.docker.distribution.manifest.v1+prettyjws' },
      },
      'MANIFEST_INVALID',
    ],
    [
      'a digest that is not its own',
      { headers: { ...headers, 'docker-content-digest': other }, body },
      'DIGEST_INVALID',
    ],
    ['a status of its own', { status: 299, body }, 'PROTOCOL'],
  ]
  test.each(garbage)('that comes as %s is a clear error', async (_what, reply, code) => {
    await expect(using([get(reply)], (repository) => repository.fetchManifest('v1'))).rejects.toMatchObject({
      code,
      message: expect.stringMatching(/\S/),
    })
  })

  test('attack: other bytes under a digest are refused, even when the server vouches for them', async () => {
    const reply = { headers: { ...headers, 'docker-content-digest': other }, body }
    await expect(using([get(reply, other)], (repository) => repository.fetchManifest(other))).rejects.toMatchObject({
      code: 'DIGEST_INVALID',
      detail: { expected: other, received: digest },
    })
  })

  test('that the registry stores under another digest is an error', async () => {
    const put: ScriptStep = {
      request: { method: 'PUT', path: '/v2/repo/manifests/v1', headers: { 'content-type': mediaType } },
      response: { status: 201, headers: { 'docker-content-digest': other } },
    }
    const pushed = using([put], (repository) => repository.pushManifest({ bytes: body, mediaType, reference: 'v1' }))
    await expect(pushed).rejects.toMatchObject({ code: 'DIGEST_INVALID' })
  })

  test('is pushed on conditions', async () => {
    const put: ScriptStep = {
      request: {
        method: 'PUT',
        path: '/v2/repo/manifests/v1',
        headers: { 'if-match': '"e"', 'if-none-match': undefined },
      },
      response: { status: 412 },
    }
    const pushed = using([put], (repository) =>
      repository.pushManifest({ bytes: body, mediaType, reference: 'v1', ifMatch: '"e"' }),
    )
    await expect(pushed).rejects.toMatchObject({ code: 'PRECONDITION_FAILED' })
  })

  test('is not pushed under a digest that is not its own', async () => {
    const pushed = using([], (repository) => repository.pushManifest({ bytes: body, mediaType, reference: other }))
    await expect(pushed).rejects.toMatchObject({ code: 'DIGEST_INVALID' })
  })
})

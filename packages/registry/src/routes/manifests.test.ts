import { createHash } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import {
  type Answer,
  answerOf,
  errorOf,
  imageType,
  indexType,
  jsonOf,
  prepareImage,
  pushImage,
  rawConnection,
  sha256,
  type TestRegistry,
  testRegistry,
} from '../testing/test-registry.ts'

describe('manifests', () => {
  let registry: TestRegistry
  beforeAll(async () => {
    registry = await testRegistry()
  })
  afterAll(() => registry.close())

  const path = (reference: string, name = 'library/app') => `/v2/${name}/manifests/${reference}`
  const put = (
    reference: string,
    body: Uint8Array | string,
    headers: Record<string, string> = {},
    name?: string,
  ): Promise<Answer> =>
    registry.ask('PUT', path(reference, name), { body, headers: { 'content-type': imageType, ...headers } })
  const get = (reference: string, headers = {}): Promise<Answer> => registry.ask('GET', path(reference), { headers })

  test('a pushed image is read back byte for byte, by tag and by digest', async () => {
    const manifest = `${await prepareImage(registry, 'library/app')}\n  `
    const digest = sha256(manifest)
    const pushed = await put('v1', manifest)
    expect(pushed.status).toBe(201)
    expect(pushed.headers).toMatchObject({
      location: path(digest),
      'docker-content-digest': digest,
      etag: `"${digest}"`,
      'content-length': '0',
    })
    for (const reference of ['v1', digest]) {
      const answer = await get(reference)
      expect(answer.status).toBe(200)
      expect(answer.body.toString()).toBe(manifest)
      expect(answer.headers).toMatchObject({
        'content-type': imageType,
        'content-length': String(Buffer.byteLength(manifest)),
        'docker-content-digest': digest,
        etag: `"${digest}"`,
      })
      const head = await registry.ask('HEAD', path(reference))
      expect([head.status, head.headers['content-length'], head.body.length]).toEqual([
        200,
        String(Buffer.byteLength(manifest)),
        0,
      ])
    }
  })

  test('If-None-Match with the digest gets 304', async () => {
    const digest = await pushImage(registry, 'library/app', 'cond')
    const answer = await get('cond', { 'if-none-match': `"${digest}"` })
    expect([answer.status, answer.body.length, answer.headers.etag]).toEqual([304, 0, `"${digest}"`])
  })

  test('the media type is told without the parameters it came with', async () => {
    const manifest = await prepareImage(registry, 'library/app')
    await put('charset', manifest, { 'content-type': `${imageType}; charset=utf-8` })
    expect((await get('charset')).headers['content-type']).toBe(imageType)
  })

  test('what is not there gets 404 MANIFEST_UNKNOWN, HEAD without a body', async () => {
    for (const reference of ['nope', sha256('nope')]) {
      const answer = await get(reference)
      expect([answer.status, errorOf(answer).code]).toEqual([404, 'MANIFEST_UNKNOWN'])
      const head = await registry.ask('HEAD', path(reference))
      expect([head.status, head.body.length]).toEqual([404, 0])
    }
  })

  test('a digest that is none gets 400, one of an algorithm nobody computes here is unknown and cannot be pushed', async () => {
    const manifest = await prepareImage(registry, 'library/app')
    const md5 = 'md5:d41d8cd98f00b204e9800998ecf8427e'
    const bad = 'sha256:baddigeststring'
    const answers = [
      await get(bad),
      await put(bad, manifest),
      await registry.ask('DELETE', path(bad)),
      await put(md5, manifest),
    ]
    for (const answer of answers) expect([answer.status, errorOf(answer).code]).toEqual([400, 'DIGEST_INVALID'])
    expect((await get(md5)).status).toBe(404)
  })

  test.each(['.dot', '-dash', 'sp%20ace', `${'t'.repeat(129)}`, 'ta%22g', '%00'])(
    'tag %s gets 400 TAG_INVALID',
    async (tag) => {
      for (const answer of [await get(tag), await put(tag, '{}'), await registry.ask('DELETE', path(tag))]) {
        expect([answer.status, errorOf(answer).code]).toEqual([400, 'TAG_INVALID'])
      }
    },
  )

  test('a push by digest must be of those bytes', async () => {
    const manifest = await prepareImage(registry, 'library/app')
    const answer = await put(sha256('other bytes'), manifest)
    expect([answer.status, errorOf(answer).code]).toEqual([400, 'DIGEST_INVALID'])
    expect((await put(sha256(manifest), manifest)).status).toBe(201)
  })

  test('a manifest pushed by its sha512 lives under it', async () => {
    const manifest = await prepareImage(registry, 'library/app', { extra: { annotations: { a: 'sha512' } } })
    const digest = `sha512:${createHash('sha512').update(manifest).digest('hex')}`
    const pushed = await put(digest, manifest)
    expect([pushed.status, pushed.headers['docker-content-digest']]).toEqual([201, digest])
    const answer = await get(digest)
    expect([answer.body.toString(), answer.headers['docker-content-digest']]).toEqual([manifest, digest])
  })

  test('?tag= sets several tags at once and OCI-Tag names them', async () => {
    const manifest = await prepareImage(registry, 'library/app')
    const tags = Array.from({ length: 12 }, (_, index) => `multi-${index}`)
    const answer = await put(`${sha256(manifest)}?${tags.map((tag) => `tag=${tag}`).join('&')}`, manifest)
    expect(answer.status).toBe(201)
    expect(String(answer.headers['oci-tag']).split(', ')).toEqual(tags)
    for (const tag of tags) expect((await get(tag)).status).toBe(200)
  })

  test('?tag= with a bad tag or with too many sets none', async () => {
    const manifest = await prepareImage(registry, 'library/app')
    const bad = await put(`${sha256(manifest)}?tag=good-one&tag=.bad`, manifest)
    expect([bad.status, errorOf(bad).code]).toEqual([400, 'TAG_INVALID'])
    const many = Array.from({ length: 101 }, (_, index) => `tag=t${index}`).join('&')
    const tooMany = await put(`${sha256(manifest)}?${many}`, manifest)
    expect([tooMany.status, errorOf(tooMany).detail.limit]).toEqual([400, 100])
    expect((await get('good-one')).status).toBe(404)
    expect((await get('t0')).status).toBe(404)
  })

  test('If-None-Match: * creates a tag only where there is none', async () => {
    const first = await prepareImage(registry, 'library/app', { extra: { annotations: { n: '1' } } })
    const second = await prepareImage(registry, 'library/app', { extra: { annotations: { n: '2' } } })
    expect((await put('once', first, { 'if-none-match': '*' })).status).toBe(201)
    const refused = await put('once', second, { 'if-none-match': '*' })
    expect([refused.status, errorOf(refused).code]).toEqual([412, 'PRECONDITION_FAILED'])
    expect((await get('once')).body.toString()).toBe(first)
  })

  test('If-Match moves a tag only from the manifest that is named', async () => {
    const [first = '', second = ''] = await Promise.all(
      ['a', 'b'].map((n) => prepareImage(registry, 'library/app', { extra: { annotations: { n } } })),
    )
    await put('moving', first)
    expect((await put('moving', second, { 'if-match': `"${sha256(second)}"` })).status).toBe(412)
    expect((await put('moving', second, { 'if-match': `"${sha256(first)}"` })).status).toBe(201)
    expect((await get('moving')).body.toString()).toBe(second)
    expect((await put('never-there', second, { 'if-match': '*' })).status).toBe(412)
  })

  test('of 10 clients that move a tag from one manifest, one wins', async () => {
    const base = await prepareImage(registry, 'library/app', { extra: { annotations: { race: 'base' } } })
    await put('race', base)
    const rivals = await Promise.all(
      Array.from({ length: 10 }, (_, n) =>
        prepareImage(registry, 'library/app', { extra: { annotations: { race: String(n) } } }),
      ),
    )
    const answers = await Promise.all(rivals.map((rival) => put('race', rival, { 'if-match': `"${sha256(base)}"` })))
    expect(answers.map(({ status }) => status).sort()).toEqual([201, ...Array(9).fill(412)])
  })

  test('a subject is acknowledged, also one that is not there', async () => {
    const subject = { mediaType: imageType, digest: sha256('not there'), size: 9 }
    const manifest = await prepareImage(registry, 'library/app', { extra: { subject } })
    const answer = await put('with-subject', manifest)
    expect([answer.status, answer.headers['oci-subject']]).toEqual([201, subject.digest])
  })

  test('missing children of an image are each named', async () => {
    const manifest = {
      schemaVersion: 2,
      mediaType: imageType,
      config: { mediaType: 'application/vnd.oci.image.config.v1+json', digest: sha256('no config'), size: 9 },
      layers: [{ mediaType: 'application/vnd.oci.image.layer.v1.tar', digest: sha256('no layer'), size: 8 }],
    }
    const answer = await put('incomplete', JSON.stringify(manifest))
    expect([answer.status, errorOf(answer).code]).toEqual([404, 'MANIFEST_BLOB_UNKNOWN'])
    expect(answer.body.toString()).toContain(sha256('no config'))
    expect(answer.body.toString()).toContain(sha256('no layer'))
    expect((await get('incomplete')).status).toBe(404)
  })

  test('an index may name what is not there, a layer with urls too', async () => {
    const index = {
      schemaVersion: 2,
      mediaType: indexType,
      manifests: [{ mediaType: imageType, digest: sha256('sparse'), size: 6 }],
    }
    expect((await put('sparse', JSON.stringify(index), { 'content-type': indexType })).status).toBe(201)
    const foreign = {
      mediaType: 'application/vnd.oci.image.layer.nondistributable.v1.tar+gzip',
      digest: sha256('foreign'),
      size: 7,
      urls: ['https://example.com/layer'],
    }
    const manifest = JSON.parse(await prepareImage(registry, 'library/app'))
    manifest.layers.push(foreign)
    expect((await put('foreign', JSON.stringify(manifest))).status).toBe(201)
  })

  test.each([
    ['no JSON', 'this is not JSON'],
    ['half of it', '{"schemaVersion":2,'],
    ['an array', '[]'],
    ['a number', '7'],
    ['nothing', ''],
    ['another schemaVersion', '{"schemaVersion":1}'],
    ['no UTF-8', Buffer.from([0x7b, 0xff, 0xfe, 0x7d])],
    ['deep nesting', `${'{"a":'.repeat(200_000)}1${'}'.repeat(200_000)}`],
    ['deep arrays', `{"schemaVersion":2,"layers":${'['.repeat(500_000)}${']'.repeat(500_000)}}`],
  ])('a manifest that is %s gets 400 MANIFEST_INVALID', async (_title, body) => {
    const answer = await put('bad', body)
    expect([answer.status, errorOf(answer).code]).toEqual([400, 'MANIFEST_INVALID'])
  })

  test.each([
    ['none', ''],
    ['that of a blob', 'application/octet-stream'],
    ['schema 1', 'application/vnd.docker.distribution.manifest.v1+prettyjws'],
    ['another than the body says', indexType],
  ])('a media type that is %s gets 400 MANIFEST_INVALID', async (_title, type) => {
    const answer = await put('bad', await prepareImage(registry, 'library/app'), { 'content-type': type })
    expect([answer.status, errorOf(answer).code]).toEqual([400, 'MANIFEST_INVALID'])
  })

  test('a manifest of 4 MiB is taken, a larger one gets 413 before it is read', async () => {
    const padding = 4 * 1024 * 1024 - (await prepareImage(registry, 'library/app', { extra: { p: '' } })).length
    const exact = await prepareImage(registry, 'library/app', { extra: { p: 'x'.repeat(padding) } })
    expect(exact.length).toBe(4 * 1024 * 1024)
    expect((await put('largest', exact)).status).toBe(201)
    expect((await get('largest')).body.length).toBe(exact.length)
    const answer = await put('too-large', `${exact} `)
    expect([answer.status, errorOf(answer)]).toMatchObject([
      413,
      { code: 'MANIFEST_TOO_LARGE', detail: { limit: 4_194_304, size: 4_194_305 } },
    ])
  })

  test('a manifest of unknown length is cut off at the limit', async () => {
    const sent = registry.begin('PUT', path('endless'), { 'content-type': imageType })
    const answer = answerOf(sent)
    sent.on('error', () => {})
    for (let megabytes = 0; megabytes < 6; megabytes += 1) sent.write(Buffer.alloc(1024 * 1024, 0x20))
    const refused = await answer
    expect([refused.status, errorOf(refused).code]).toEqual([413, 'MANIFEST_TOO_LARGE'])
    expect(refused.headers.connection).toBe('close')
    sent.destroy()
  })

  test('a body that ends before its announced length pushes nothing', async () => {
    const manifest = await prepareImage(registry, 'library/app')
    const connection = await rawConnection(registry.port)
    connection.write(
      `PUT ${path('short')} HTTP/1.1\r\nHost: x\r\nContent-Type: ${imageType}\r\nContent-Length: ${manifest.length + 10}\r\n\r\n${manifest}`,
    )
    connection.socket.end()
    await connection.ended()
    expect((await get('short')).status).toBe(404)
  })

  test('DELETE of a tag leaves the manifest', async () => {
    const digest = await pushImage(registry, 'library/app', 'delete-me', { extra: { annotations: { d: 'tag' } } })
    expect((await registry.ask('DELETE', path('delete-me'))).status).toBe(202)
    expect((await get('delete-me')).status).toBe(404)
    expect((await get(digest)).status).toBe(200)
    const again = await registry.ask('DELETE', path('delete-me'))
    expect([again.status, errorOf(again).code]).toEqual([404, 'MANIFEST_UNKNOWN'])
  })

  test('DELETE of a manifest takes its tags along', async () => {
    const extra = { annotations: { d: 'manifest' } }
    const digest = await pushImage(registry, 'library/app', 'gone-1', { extra })
    await pushImage(registry, 'library/app', 'gone-2', { extra })
    expect((await registry.ask('DELETE', path(digest))).status).toBe(202)
    for (const reference of [digest, 'gone-1', 'gone-2']) expect((await get(reference)).status).toBe(404)
    expect((await registry.ask('DELETE', path(digest))).status).toBe(404)
    const { tags } = jsonOf<{ tags: string[] }>(await registry.ask('GET', '/v2/library/app/tags/list'))
    expect(tags).not.toContain('gone-1')
  })

  test('POST to a manifest gets 405', async () => {
    const answer = await registry.ask('POST', path('v1'), { body: '{}' })
    expect([answer.status, answer.headers.allow]).toEqual([405, 'GET, HEAD, PUT, DELETE'])
  })
})

import { createHash } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { openStorage } from '@tsreg/storage'
import { memoryBucket } from '@tsreg/storage/bucket'
import {
  answerOf,
  bytes,
  errorOf,
  pushBlob,
  sha256,
  type TestRegistry,
  testRegistry,
} from '../testing/test-registry.ts'

const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/

describe('uploads', () => {
  let registry: TestRegistry
  beforeAll(async () => {
    registry = await testRegistry()
  })
  afterAll(() => registry.close())

  const post = (query = '', body?: Uint8Array | string, name = 'library/up') =>
    registry.ask('POST', `/v2/${name}/blobs/uploads/${query}`, body === undefined ? {} : { body })
  const get = (digest: string, name = 'library/up') => registry.ask('GET', `/v2/${name}/blobs/${digest}`)

  test('POST starts a session at a relative location', async () => {
    const answer = await post()
    expect(answer.status).toBe(202)
    const id = String(answer.headers['docker-upload-uuid'])
    expect(id).toMatch(uuid)
    expect(answer.headers).toMatchObject({
      location: `/v2/library/up/blobs/uploads/${id}`,
      range: '0-0',
      'content-length': '0',
    })
    expect(answer.headers).not.toHaveProperty('oci-chunk-min-length')
  })

  test('POST works without the slash at the end', async () => {
    expect((await registry.ask('POST', '/v2/library/up/blobs/uploads')).status).toBe(202)
  })

  test.each([
    ['sha256', 'one request'],
    ['sha512', 'one request, the other algorithm'],
  ])('POST with a %s digest and a body is a whole push', async (algorithm, content) => {
    const digest = `${algorithm}:${createHash(algorithm).update(content).digest('hex')}`
    const answer = await post(`?digest=${digest}`, content)
    expect([answer.status, answer.headers.location]).toEqual([201, `/v2/library/up/blobs/${digest}`])
    expect((await get(digest)).body.toString()).toBe(content)
  })

  test('POST of the empty blob in one request', async () => {
    const answer = await post(`?digest=${sha256('')}`, '')
    expect(answer.status).toBe(201)
    expect((await get(sha256(''))).headers['content-length']).toBe('0')
  })

  test('POST with a digest that is not that of the body gets 400 and leaves no blob', async () => {
    const wrong = sha256('something else')
    const answer = await post(`?digest=${wrong}`, 'content')
    expect([answer.status, errorOf(answer).code]).toEqual([400, 'DIGEST_INVALID'])
    expect((await get(wrong)).status).toBe(404)
  })

  test.each(['sha256:short', 'md5:d41d8cd98f00b204e9800998ecf8427e', 'nonsense', ''])(
    'POST with the digest "%s" gets 400 before the body is read',
    async (digest) => {
      for (const parameter of ['digest', 'mount']) {
        const answer = await post(`?${parameter}=${digest}`, 'content')
        expect([answer.status, errorOf(answer).code]).toEqual([400, 'DIGEST_INVALID'])
      }
    },
  )

  test('POST with a digest algorithm takes one that can be computed, and refuses others', async () => {
    expect((await post('?digest-algorithm=sha512')).status).toBe(202)
    const answer = await post('?digest-algorithm=md5')
    expect([answer.status, errorOf(answer)]).toMatchObject([
      400,
      { code: 'DIGEST_INVALID', detail: { supported: ['sha256', 'sha512'] } },
    ])
  })

  test('a mount from a repository that has the blob is a push without bytes', async () => {
    const digest = await pushBlob(registry, 'library/source', 'mounted')
    const answer = await post(`?mount=${digest}&from=library/source`)
    expect([answer.status, answer.headers.location]).toEqual([201, `/v2/library/up/blobs/${digest}`])
    expect((await get(digest)).body.toString()).toBe('mounted')
  })

  test('a mount without a source finds the blob anywhere', async () => {
    const digest = await pushBlob(registry, 'library/source', 'found anywhere')
    expect((await post(`?mount=${digest}`)).status).toBe(201)
  })

  test('a mount of what is not there becomes a session that works', async () => {
    const content = 'not mounted'
    const missing = await post(`?mount=${sha256(content)}&from=library/source`)
    expect([missing.status, missing.headers.range]).toEqual([202, '0-0'])
    const put = await registry.ask('PUT', `${missing.headers.location}?digest=${sha256(content)}`, { body: content })
    expect(put.status).toBe(201)
    expect((await post(`?mount=${sha256('nowhere at all')}`)).status).toBe(202)
  })

  test('20 clients push one blob at a time and all succeed', async () => {
    const content = bytes(300_000, 20)
    const digest = sha256(content)
    const answers = await Promise.all(Array.from({ length: 20 }, () => post(`?digest=${digest}`, content, 'many/one')))
    expect(answers.map(({ status }) => status)).toEqual(Array(20).fill(201))
    expect((await get(digest, 'many/one')).body.equals(content)).toBe(true)
  })

  test('20 clients push one blob by sessions at a time and all succeed', async () => {
    const content = bytes(300_000, 21)
    const digests = await Promise.all(Array.from({ length: 20 }, () => pushBlob(registry, 'many/two', content)))
    expect(new Set(digests).size).toBe(1)
    expect((await get(digests[0] ?? '', 'many/two')).body.equals(content)).toBe(true)
  })

  test('a body of unknown length is taken', async () => {
    const content = bytes(200_000, 3)
    const sent = registry.begin('POST', `/v2/library/up/blobs/uploads/?digest=${sha256(content)}`)
    const answer = answerOf(sent)
    sent.write(content.subarray(0, 70_000))
    sent.end(content.subarray(70_000))
    expect((await answer).status).toBe(201)
    expect((await get(sha256(content))).body.equals(content)).toBe(true)
  })

  test.each(['Library/Up', 'a/../b', 'a//b'])('name %s gets 400 NAME_INVALID', async (name) => {
    const answer = await post('', undefined, name)
    expect([answer.status, errorOf(answer).code]).toEqual([400, 'NAME_INVALID'])
  })
})

test.each([
  [{}, true, '8388608'],
  [{ chunkMinBytes: 65_536 }, false, '65536'],
  [{ chunkMinBytes: 0 }, true, undefined],
] as const)(
  'with %j and presigned URLs %p, POST advertises chunks of %p and smaller ones are taken',
  async (...row) => {
    const [settings, signedUrls, expected] = row
    const storage = await openStorage(memoryBucket())
    const changed = { ...storage, state: () => ({ ...storage.state(), signedUrls }) }
    const registry = await testRegistry(settings, { storage: changed })
    const { headers } = await registry.ask('POST', '/v2/a/blobs/uploads/')
    expect(headers['oci-chunk-min-length']).toBe(expected)
    const patch = await registry.ask('PATCH', String(headers.location), { body: 'small' })
    expect([patch.status, patch.headers.range]).toEqual([202, '0-4'])
    await registry.close()
  },
)

import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import type { Repository } from '@tsreg/storage'
import { registryWith } from '../testing/changed-storage.ts'
import {
  bytes,
  errorOf,
  pushBlob,
  pushImage,
  sha256,
  type TestRegistry,
  testRegistry,
} from '../testing/test-registry.ts'

describe('blobs', () => {
  let registry: TestRegistry
  let digest: string
  const content = bytes(100_000)
  beforeAll(async () => {
    registry = await testRegistry()
    digest = await pushBlob(registry, 'library/data', content)
  })
  afterAll(() => registry.close())

  const path = (suffix = digest, name = 'library/data') => `/v2/${name}/blobs/${suffix}`

  test('GET gives the exact bytes with digest, length, ETag and leave to cache', async () => {
    const answer = await registry.ask('GET', path())
    expect(answer.status).toBe(200)
    expect(answer.body.equals(content)).toBe(true)
    expect(answer.headers).toMatchObject({
      'content-length': '100000',
      'content-type': 'application/octet-stream',
      'docker-content-digest': digest,
      etag: `"${digest}"`,
      'accept-ranges': 'bytes',
      'cache-control': 'max-age=31536000, immutable',
      'docker-distribution-api-version': 'registry/2.0',
    })
    expect(answer.headers).not.toHaveProperty('transfer-encoding')
  })

  test('HEAD has the headers of GET and no body', async () => {
    const answer = await registry.ask('HEAD', path())
    expect(answer.status).toBe(200)
    expect(answer.headers).toMatchObject({ 'content-length': '100000', 'docker-content-digest': digest })
    expect(answer.body.length).toBe(0)
  })

  test('If-None-Match with the digest gets 304 without a body', async () => {
    for (const method of ['GET', 'HEAD']) {
      const answer = await registry.ask(method, path(), { headers: { 'if-none-match': `W/"x", "${digest}"` } })
      expect([answer.status, answer.body.length, answer.headers.etag]).toEqual([304, 0, `"${digest}"`])
    }
    const other = await registry.ask('GET', path(), { headers: { 'if-none-match': '"sha256:other"' } })
    expect(other.status).toBe(200)
  })

  test.each([
    ['bytes=500-1499', 500, 1499],
    ['bytes=500-', 500, 99_999],
    ['bytes=-500', 99_500, 99_999],
    ['bytes=99000-200000', 99_000, 99_999],
    ['bytes=0-0', 0, 0],
    ['bytes=-999999', 0, 99_999],
  ])('Range %s gets 206 with bytes %d to %d', async (range, first, last) => {
    const answer = await registry.ask('GET', path(), { headers: { range } })
    expect(answer.status).toBe(206)
    expect(answer.headers['content-range']).toBe(`bytes ${first}-${last}/100000`)
    expect(answer.headers['content-length']).toBe(String(last - first + 1))
    expect(answer.body.equals(content.subarray(first, last + 1))).toBe(true)
  })

  test.each(['bytes=100000-', 'bytes=500-0', 'bytes=200000-300000', 'bytes=-0'])(
    'Range %s gets 416 with the size',
    async (range) => {
      const answer = await registry.ask('GET', path(), { headers: { range } })
      expect(answer.status).toBe(416)
      expect(answer.headers['content-range']).toBe('bytes */100000')
      expect(errorOf(answer)).toMatchObject({ code: 'RANGE_INVALID', detail: { size: 100_000, range } })
    },
  )

  test.each(['bytes=0-9,20-29', 'lines=1-2', 'bytes=a-b', 'bytes', `bytes=${'9'.repeat(500)}-`])(
    'Range %s is ignored',
    async (range) => {
      const answer = await registry.ask('GET', path(), { headers: { range } })
      expect([answer.status, answer.body.length]).toEqual([200, 100_000])
    },
  )

  test('If-Range with another ETag gets the whole blob', async () => {
    const same = await registry.ask('GET', path(), { headers: { range: 'bytes=0-9', 'if-range': `"${digest}"` } })
    const other = await registry.ask('GET', path(), { headers: { range: 'bytes=0-9', 'if-range': '"other"' } })
    expect([same.status, other.status]).toEqual([206, 200])
  })

  test('a Range does not change HEAD', async () => {
    const answer = await registry.ask('HEAD', path(), { headers: { range: 'bytes=0-9' } })
    expect([answer.status, answer.headers['content-length']]).toEqual([200, '100000'])
  })

  test('the empty blob is served, and a range of it is not satisfiable', async () => {
    const empty = await pushBlob(registry, 'library/data', '')
    const whole = await registry.ask('GET', path(empty))
    expect([whole.status, whole.headers['content-length'], whole.body.length]).toEqual([200, '0', 0])
    const head = await registry.ask('HEAD', path(empty))
    expect([head.status, head.headers['content-length']]).toEqual([200, '0'])
    const part = await registry.ask('GET', path(empty), { headers: { range: 'bytes=0-' } })
    expect(part.status).toBe(416)
  })

  test('a blob of another repository is unknown here', async () => {
    const answer = await registry.ask('GET', path(digest, 'library/other'))
    expect(answer.status).toBe(404)
    expect(errorOf(answer).code).toBe('BLOB_UNKNOWN')
    expect(errorOf(answer).message).toContain(digest)
  })

  test('HEAD of an unknown blob gets 404 with headers and no body', async () => {
    const answer = await registry.ask('HEAD', path(sha256('nobody has this')))
    expect([answer.status, answer.body.length]).toEqual([404, 0])
    expect(answer.headers['content-type']).toBe('application/json')
    expect(answer.headers).toHaveProperty('x-request-id')
  })

  test.each([
    'sha256:baddigeststring',
    `sha256:${'A'.repeat(64)}`,
    `sha256:${'a'.repeat(63)}`,
    'latest',
    'sha256:',
    ':',
    `sha256:${'a'.repeat(400)}`,
  ])('digest %s gets 400 DIGEST_INVALID', async (text) => {
    for (const method of ['GET', 'DELETE']) {
      const answer = await registry.ask(method, path(text))
      expect([answer.status, errorOf(answer).code]).toEqual([400, 'DIGEST_INVALID'])
    }
  })

  test.each(['Library/data', '-a', 'a..b', 'a_-b', 'a//b', `a/${'b'.repeat(300)}`, '%2e%2e', 'a%00b'])(
    'name %s gets 400 NAME_INVALID',
    async (name) => {
      const answer = await registry.ask('GET', path(digest, name))
      expect([answer.status, errorOf(answer).code]).toEqual([400, 'NAME_INVALID'])
    },
  )

  test('DELETE takes the blob at once, and only here', async () => {
    const gone = await pushBlob(registry, 'library/gone', 'to be deleted')
    await pushBlob(registry, 'library/stays', 'to be deleted')
    const deleted = await registry.ask('DELETE', path(gone, 'library/gone'))
    expect([deleted.status, deleted.body.length]).toEqual([202, 0])
    expect((await registry.ask('HEAD', path(gone, 'library/gone'))).status).toBe(404)
    expect((await registry.ask('DELETE', path(gone, 'library/gone'))).status).toBe(404)
    expect((await registry.ask('HEAD', path(gone, 'library/stays'))).status).toBe(200)
  })

  test('DELETE of a blob that a manifest names gets 405, unless that is allowed', async () => {
    await pushImage(registry, 'library/image', 'v1', { layers: ['needed'] })
    const refused = await registry.ask('DELETE', path(sha256('needed'), 'library/image'))
    expect([refused.status, errorOf(refused).code]).toEqual([405, 'REFERENCED'])
    const lenient = await testRegistry({ allowReferencedBlobDelete: true })
    await pushImage(lenient, 'library/image', 'v1', { layers: ['needed'] })
    const allowed = await lenient.ask('DELETE', path(sha256('needed'), 'library/image'))
    expect(allowed.status).toBe(202)
    await lenient.close()
  })

  test('a request that is gone in the middle of the body stops the transfer and the registry goes on', async () => {
    const large = bytes(8 * 1024 * 1024, 7)
    const name = await pushBlob(registry, 'library/large', large)
    const sent = registry.begin('GET', path(name, 'library/large'))
    await new Promise<void>((resolve, reject) => {
      sent.once('error', reject)
      sent.once('response', (response) => {
        response.on('error', () => {})
        response.once('data', () => {
          sent.destroy()
          resolve()
        })
      })
      sent.end()
    })
    const again = await registry.ask('GET', path(name, 'library/large'))
    expect(again.body.equals(large)).toBe(true)
  })
})

describe('redirects', () => {
  const content = 'elsewhere'
  const path = `/v2/a/blobs/${sha256(content)}`
  const withUrls = ({ blobs }: Repository): Partial<Repository> => ({
    blobs: {
      stat: (digest, options) => blobs.stat(digest, options),
      open: (digest, options) => blobs.open(digest, options),
      mount: (digest, from, options) => blobs.mount(digest, from, options),
      delete: (digest, options) => blobs.delete(digest, options),
      signedUrl: async (digest, { expiresSeconds }) => `https://bucket.example/${digest}?expires=${expiresSeconds}`,
    },
  })

  test('a blob with a presigned URL is answered with 307, and HEAD by the registry itself', async () => {
    const registry = await registryWith(withUrls, { redirectSeconds: 60 })
    await pushBlob(registry, 'a', content)
    const answer = await registry.ask('GET', path)
    expect([answer.status, answer.headers.location, answer.headers['cache-control'], answer.body.length]).toEqual([
      307,
      `https://bucket.example/${sha256(content)}?expires=60`,
      'no-store',
      0,
    ])
    const head = await registry.ask('HEAD', path)
    expect([head.status, head.headers['content-length']]).toEqual([200, '9'])
    expect((await registry.ask('GET', path.replace('/a/', '/b/'))).status).toBe(404)
    await registry.close()
  })

  test('with redirects off the registry streams', async () => {
    const registry = await registryWith(withUrls, { redirects: false })
    await pushBlob(registry, 'a', content)
    expect((await registry.ask('GET', path)).body.toString()).toBe(content)
    await registry.close()
  })
})

import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { errorOf, type TestRegistry, testRegistry } from '../testing/test-registry.ts'

describe('base', () => {
  let registry: TestRegistry
  beforeAll(async () => {
    registry = await testRegistry()
  })
  afterAll(() => registry.close())

  test('GET /v2/ says that this is a registry', async () => {
    const answer = await registry.ask('GET', '/v2/')
    expect(answer.status).toBe(200)
    expect(answer.headers['content-type']).toBe('application/json')
    expect(answer.headers['docker-distribution-api-version']).toBe('registry/2.0')
    expect(answer.body.toString()).toBe('{}')
    expect(answer.headers).not.toHaveProperty('x-powered-by')
  })

  test('HEAD /v2/ has the headers without the body, and /v2 is the same', async () => {
    for (const path of ['/v2/', '/v2']) {
      const answer = await registry.ask('HEAD', path)
      expect([answer.status, answer.headers['content-length'], answer.body.length]).toEqual([200, '2', 0])
    }
  })

  test('GET / tells a person what this is', async () => {
    const answer = await registry.ask('GET', '/')
    expect(answer.status).toBe(200)
    expect(answer.headers['content-type']).toBe('text/plain')
    expect(answer.body.toString()).toContain('registry of container images')
  })

  test('a method that does not apply gets 405 with those that do', async () => {
    const answer = await registry.ask('POST', '/v2/', { body: 'x' })
    expect(answer.status).toBe(405)
    expect(answer.headers.allow).toBe('GET, HEAD')
    expect(errorOf(answer)).toMatchObject({ code: 'UNSUPPORTED', detail: { method: 'POST', allowed: ['GET', 'HEAD'] } })
  })

  test.each([
    '/v2/x',
    '/v3/',
    '/v2/library/nginx/',
    '/v2//manifests/latest',
    '/v2/%zz/manifests/latest',
    '/v2/a/blobs/uploads/id/more',
    '/v2/../etc/passwd',
    '/v2/a/blobs/sha256:..%2f..%2fetc',
  ])('%s is nowhere: 404 with the path and the request id', async (path) => {
    const answer = await registry.ask('GET', path)
    expect(answer.status).toBe(404)
    expect(answer.headers['content-type']).toBe('application/json')
    expect(errorOf(answer)).toMatchObject({ code: 'NAME_UNKNOWN' })
    expect(errorOf(answer).detail.requestId).toBe(answer.headers['x-request-id'])
  })

  test('a request id of the client is taken over when it is harmless', async () => {
    const given = await registry.ask('GET', '/v2/', { headers: { 'x-request-id': 'abc-123' } })
    expect(given.headers['x-request-id']).toBe('abc-123')
    const odd = await registry.ask('GET', '/v2/', { headers: { 'x-request-id': 'a"b c' } })
    expect(odd.headers['x-request-id']).toMatch(/^[0-9a-f]{12}-[0-9a-z]+$/)
  })
})

import { describe, expect, test } from '@jest/globals'
import { scriptedServer } from '@tsreg/testkit'
import { ClientError } from '../errors.ts'
import { openScripted } from '../testing/open-scripted.ts'
import type { Dispatch, RegistryRequest, RegistryResponse } from './dispatch.ts'
import { redirect } from './redirect.ts'

const start: RegistryRequest = {
  operation: 'test',
  method: 'GET',
  url: new URL('https://registry.example/v2/'),
  headers: { authorization: 'Bearer canary', range: 'bytes=5-' },
}

/** Answers by address; each address that is not listed is a 200. */
function network(table: Readonly<Record<string, readonly [number, string?]>>) {
  const seen: RegistryRequest[] = []
  const dispatch: Dispatch = async (request) => {
    seen.push(request)
    const [status, location] = table[request.url.href] ?? [200]
    return answer(request.url, status, location)
  }
  return { seen, dispatch }
}

function answer(url: URL, status: number, location?: string): RegistryResponse {
  return { status, url, headers: location === undefined ? {} : { location }, bytes: Buffer.alloc(0), attempts: 1 }
}

describe('redirect', () => {
  test.each([301, 302, 307, 308])('a %i keeps method, body and range', async (status) => {
    const { seen, dispatch } = network({ 'https://registry.example/v2/': [status, '/there?x=1'] })
    const body = { size: 1, open: () => (async function* () {})() }
    const response = await redirect()(dispatch)({ ...start, method: 'PUT', body })
    expect(response.url.href).toBe('https://registry.example/there?x=1')
    expect(seen[1]).toMatchObject({ method: 'PUT', body, headers: start.headers })
  })

  test('a 303 becomes a GET without a body', async () => {
    const { seen, dispatch } = network({ 'https://registry.example/v2/': [303, '/there'] })
    await redirect()(dispatch)({ ...start, method: 'POST', body: { size: 1, open: () => (async function* () {})() } })
    expect(seen[1]).toMatchObject({ method: 'GET', body: undefined })
  })

  test('Authorization does not go to another origin, and does not come back', async () => {
    const { seen, dispatch } = network({
      'https://registry.example/v2/': [307, 'https://store.example/'],
      'https://store.example/': [307, 'https://registry.example/again'],
    })
    await redirect()(dispatch)(start)
    expect(seen.map(({ headers }) => headers)).toEqual([start.headers, { range: 'bytes=5-' }, { range: 'bytes=5-' }])
  })

  test.each([
    ['port', 'https://registry.example:444/'],
    ['subdomain', 'https://cdn.registry.example/'],
  ])('another %s is another origin', async (_what, location) => {
    const { seen, dispatch } = network({ 'https://registry.example/v2/': [307, location] })
    await redirect()(dispatch)(start)
    expect(seen[1]?.headers).toEqual({ range: 'bytes=5-' })
  })

  test('user and password of a Location are not used', async () => {
    const { seen, dispatch } = network({ 'https://registry.example/v2/': [307, 'https://a:b@registry.example/x'] })
    await redirect()(dispatch)(start)
    expect(seen[1]?.url.href).toBe('https://registry.example/x')
  })

  const failures: readonly [string, Parameters<typeof network>[0], RegExp][] = [
    [
      'a redirect to itself',
      { 'https://registry.example/v2/': [302, '/v2/'] },
      /redirect loop from https:\/\/registry.example\/v2\//,
    ],
    [
      'a loop over two addresses',
      { 'https://registry.example/v2/': [302, '/b'], 'https://registry.example/b': [302, '/v2/'] },
      /redirect loop/,
    ],
    ['no Location', { 'https://registry.example/v2/': [307] }, /without a Location/],
    ['a Location that is no address', { 'https://registry.example/v2/': [307, 'http://['] }, /not an http address/],
    ['a file', { 'https://registry.example/v2/': [307, 'file:///etc/passwd'] }, /not an http address/],
    [
      'plain http',
      { 'https://registry.example/v2/': [307, 'http://registry.example/v2/'] },
      /from https to plain http/,
    ],
  ]
  test.each(failures)('%s is a clear error', async (_what, table, message) => {
    await expect(redirect()(network(table).dispatch)(start)).rejects.toMatchObject({
      code: 'REDIRECT',
      message: expect.stringMatching(message),
    })
  })

  test('an endless chain ends after eight', async () => {
    let count = 0
    const dispatch: Dispatch = async ({ url }) => answer(url, 302, `/${++count}`)
    await expect(redirect()(dispatch)(start)).rejects.toMatchObject({
      message: expect.stringMatching(/more than 8 redirects/),
    })
    expect(count).toBe(9)
  })

  test('the query of a presigned address is not shown', async () => {
    const { dispatch } = network({
      'https://registry.example/v2/': [307, 'https://s.example/?X-Amz-Signature=canary'],
      'https://s.example/?X-Amz-Signature=canary': [307, 'https://s.example/?X-Amz-Signature=canary'],
    })
    const error = await redirect()(dispatch)(start).catch((thrown: unknown) => thrown)
    expect(error).toBeInstanceOf(ClientError)
    expect(String(error)).not.toContain('canary')
  })

  test('a request that must stay does not leave its origin', async () => {
    const { seen, dispatch } = network({ 'https://registry.example/v2/': [307, 'https://store.example/'] })
    await expect(redirect()(dispatch)({ ...start, redirects: 'same-origin' })).rejects.toMatchObject({
      code: 'REDIRECT',
    })
    expect(seen).toHaveLength(1)
  })

  test('a registry that redirects in a loop is a clear error on the wire too', async () => {
    await using server = await scriptedServer([
      { request: { path: '/v2/' }, response: { status: 301, headers: { location: '/v2' } } },
      { request: { path: '/v2' }, response: { status: 301, headers: { location: '/v2/' } } },
    ])
    await using client = openScripted(server.host)
    await expect(client.registry.ping()).rejects.toMatchObject({ code: 'REDIRECT', status: 301, host: server.host })
  })
})

import { readFile } from 'node:fs/promises'
import { describe, expect, test } from '@jest/globals'
import { digestOf } from '@tsreg/oci'
import { collectItems, type ScriptedReply, scriptedServer } from '@tsreg/testkit'
import { openScripted } from './testing/open-scripted.ts'
import { version } from './version.ts'

describe('a registry', () => {
  test('is pinged with the name of the client', async () => {
    await using server = await scriptedServer([
      {
        request: { path: '/v2/', headers: { 'user-agent': `tsreg/${version}` } },
        response: { headers: { 'docker-distribution-api-version': 'registry/2.0', server: 'x' } },
      },
    ])
    await using client = openScripted(server.host)
    expect(await client.registry.ping()).toEqual({ apiVersion: 'registry/2.0', server: 'x' })
  })

  test('of the client says the version of its package', async () => {
    const text = await readFile(new URL('../package.json', import.meta.url), 'utf8')
    expect(version).toBe(JSON.parse(text).version)
  })

  test('lists its repositories', async () => {
    await using server = await scriptedServer([
      {
        request: { path: '/v2/_catalog?n=1000' },
        response: { body: { repositories: ['a'] }, headers: { link: '</v2/_catalog?n=1000&last=a>; rel="next"' } },
      },
      { request: { path: '/v2/_catalog?n=1000&last=a' }, response: { body: { repositories: ['b/c'] } } },
    ])
    await using client = openScripted(server.host)
    expect(await collectItems(client.registry.catalog())).toEqual(['a', 'b/c'])
  })

  test('makes no more connections than allowed, and keeps them', async () => {
    const sockets = new Set<string | undefined>()
    await using server = await scriptedServer([
      {
        request: { path: '/v2/' },
        response: ({ headers }) => {
          sockets.add(headers.host)
          return {}
        },
        times: 20,
      },
    ])
    await using client = openScripted(server.host, { connections: 2 })
    await Promise.all(Array.from({ length: 20 }, () => client.registry.ping()))
    expect(server.requests).toHaveLength(20)
  })

  test('that is closed answers no more', async () => {
    await using server = await scriptedServer([{ request: { path: '/v2/' } }])
    const { registry } = openScripted(server.host)
    await registry.ping()
    await registry.close()
    await registry.close()
    await expect(registry.ping()).rejects.toMatchObject({ code: 'NETWORK' })
  })
})

describe('findId', () => {
  const match = {
    repository: 'repo',
    digest: digestOf('m'),
    imageId: `sha256:4f53${'0'.repeat(60)}`,
    mediaType: 'x/y',
    size: 5,
    tags: ['v1'],
  }

  async function find(reply: ScriptedReply, repository = false) {
    const path = repository ? '/v2/repo/_tsreg/ids/4f53' : '/v2/_tsreg/ids/4f53'
    await using server = await scriptedServer([{ request: { path }, response: reply }])
    await using client = openScripted(server.host)
    return await (repository ? client.registry.repository('repo').findId('4f53') : client.registry.findId('4f53'))
  }

  test.each([false, true])('gives the matches (of one repository: %s)', async (repository) => {
    expect(await find({ body: { prefix: '4f53', matches: [match] } }, repository)).toEqual([match])
  })

  test.each([
    ['knows nothing of it', { status: 404 }, 'UNSUPPORTED'],
    ['takes the path for something else', { status: 400, body: '<html>' }, 'UNSUPPORTED'],
    ['answers garbage', { body: 'x' }, 'PROTOCOL'],
    ['answers something else', { body: { matches: [{}] } }, 'PROTOCOL'],
    [
      'names an image that does not begin so',
      { body: { matches: [{ ...match, imageId: digestOf('i') }] } },
      'PROTOCOL',
    ],
    ['names a repository that cannot be', { body: { matches: [{ ...match, repository: '../repo' }] } }, 'PROTOCOL'],
    ['names tags that cannot be', { body: { matches: [{ ...match, tags: ['v1', 'a b'] }] } }, 'PROTOCOL'],
    ['denies it', { status: 403 }, 'DENIED'],
  ])('fails clearly where the registry %s', async (_what, reply, code) => {
    await expect(find(reply)).rejects.toMatchObject({ code })
  })

  test('takes no image of another repository than the one that was asked', async () => {
    const foreign = { ...match, repository: 'other' }
    expect(await find({ body: { matches: [foreign] } })).toEqual([foreign])
    await expect(find({ body: { matches: [foreign] } }, true)).rejects.toMatchObject({ code: 'PROTOCOL' })
  })

  test('takes a manifest that begins so, whatever its image ID', async () => {
    const other = { ...match, digest: match.imageId, imageId: digestOf('i') }
    expect(await find({ body: { matches: [other] } })).toEqual([other])
  })

  test.each(['', 'XYZ', 'abcg', '../x'])('%j begins no ID', async (prefix) => {
    await expect(openScripted('h.example').registry.findId(prefix)).rejects.toMatchObject({ code: 'DIGEST_INVALID' })
  })
})

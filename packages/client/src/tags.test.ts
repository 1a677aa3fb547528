import { describe, expect, test } from '@jest/globals'
import { collectItems, type ScriptStep, scriptedServer } from '@tsreg/testkit'
import { openScripted } from './testing/open-scripted.ts'

const path = '/v2/repo/tags/list'
const page = (query: string, tags: unknown, link?: string): ScriptStep => ({
  request: { path: `${path}?${query}` },
  response: { body: { name: 'repo', tags }, headers: link === undefined ? {} : { link } },
})

async function list(script: readonly ScriptStep[], last?: string): Promise<readonly string[]> {
  await using server = await scriptedServer(script, { ordered: true })
  await using client = openScripted(server.host)
  return await collectItems(client.registry.repository('repo').tags({ last }))
}

const full = Array.from({ length: 1000 }, (_, index) => `t${String(index).padStart(4, '0')}`)

describe('tags', () => {
  test('follow relative and absolute links', async () => {
    const script = [
      page('n=1000', ['a'], `<${path}?n=1000&last=a>; rel="next"`),
      page('n=1000&last=a', ['b'], '</v2/repo/tags/list?n=1000&last=b>; rel=next'),
      page('n=1000&last=b', ['c']),
    ]
    expect(await list(script)).toEqual(['a', 'b', 'c'])
  })

  test('begin after a tag', async () => {
    expect(await list([page('n=1000&last=m', ['n'])], 'm')).toEqual(['n'])
  })

  test.each([[null], [undefined], [[]]])('that are %j are none', async (tags) => {
    expect(await list([page('n=1000', tags)])).toEqual([])
  })

  test('go on by last after a full page without a link', async () => {
    expect(await list([page('n=1000', full), page('n=1000&last=t0999', ['z'])])).toEqual([...full, 'z'])
  })

  test('end where a registry ignores last', async () => {
    expect(await list([page('n=1000', full), page('n=1000&last=t0999', full)])).toEqual(full)
  })

  test('are fetched page by page, as they are consumed', async () => {
    await using server = await scriptedServer([page('n=1000', ['a', 'b'], `<${path}?n=1000&last=b>; rel="next"`)])
    await using client = openScripted(server.host)
    for await (const tag of client.registry.repository('repo').tags()) {
      expect(tag).toBe('a')
      break
    }
    expect(server.requests).toHaveLength(1)
  })

  const emptyPages = (count: number): ScriptStep[] =>
    Array.from({ length: count }, (_, at) =>
      page(at === 0 ? 'n=1000' : `at=${at}`, [], `<${path}?at=${at + 1}>; rel="next"`),
    )

  test('are looked for behind some empty pages', async () => {
    const links = [...emptyPages(100), page('at=100', ['a'])]
    expect(await list(links)).toEqual(['a'])
  })

  const failures: readonly [string, readonly ScriptStep[], string][] = [
    ['links that go on and on and lead to nothing', emptyPages(101), 'PROTOCOL'],
    ['a link that leads to itself', [page('n=1000', ['a'], `<${path}?n=1000>; rel="next"`)], 'PROTOCOL'],
    ['a link to another host', [page('n=1000', ['a'], '<http://thief.example/>; rel="next"')], 'PROTOCOL'],
    ['a list that is none', [page('n=1000', 'a')], 'PROTOCOL'],
    ['a list of numbers', [page('n=1000', [1])], 'PROTOCOL'],
    ['a web page', [{ request: { path: /./ }, response: { body: '<html>' } }], 'PROTOCOL'],
    ['an unknown repository', [{ request: { path: /./ }, response: { status: 404 } }], 'NAME_UNKNOWN'],
  ]
  test.each(failures)('%s is a clear error', async (_what, script, code) => {
    await expect(list(script)).rejects.toMatchObject({ code })
  })

  test('a tag is deleted by its name, and a registry that cannot says so', async () => {
    await using server = await scriptedServer([
      { request: { method: 'DELETE', path: '/v2/repo/manifests/v1' }, response: { status: 202 } },
      { request: { method: 'DELETE', path: '/v2/repo/manifests/v2' }, response: { status: 405 } },
    ])
    await using client = openScripted(server.host)
    await client.registry.repository('repo').deleteTag('v1')
    await expect(client.registry.repository('repo').deleteTag('v2')).rejects.toMatchObject({ code: 'UNSUPPORTED' })
  })
})

import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { errorOf, imageType, jsonOf, prepareImage, type TestRegistry, testRegistry } from '../testing/test-registry.ts'

const tagNames = ['1.0', '1.1', 'Latest', 'V2', '_x', 'alpha', 'beta', 'latest', 'z']

describe('tags', () => {
  let registry: TestRegistry
  beforeAll(async () => {
    registry = await testRegistry()
    const manifest = await prepareImage(registry, 'library/app')
    for (const tag of [...tagNames].reverse()) {
      await registry.ask('PUT', `/v2/library/app/manifests/${tag}`, {
        headers: { 'content-type': imageType },
        body: manifest,
      })
    }
  })
  afterAll(() => registry.close())

  const list = (query = '', name = 'library/app') => registry.ask('GET', `/v2/${name}/tags/list${query}`)

  test('tags come in byte order, as exact JSON', async () => {
    const answer = await list()
    expect([answer.status, answer.headers['content-type']]).toEqual([200, 'application/json'])
    expect(jsonOf(answer)).toEqual({ name: 'library/app', tags: tagNames })
    expect(answer.headers).not.toHaveProperty('link')
  })

  test('HEAD has the length and no body', async () => {
    const answer = await registry.ask('HEAD', '/v2/library/app/tags/list')
    expect([answer.status, answer.body.length]).toEqual([200, 0])
    expect(Number(answer.headers['content-length'])).toBeGreaterThan(20)
  })

  test('pages by Link give every tag once', async () => {
    const seen: string[] = []
    const sizes: number[] = []
    let next: string | undefined = '/v2/library/app/tags/list?n=4'
    while (next !== undefined) {
      const answer = await registry.ask('GET', next)
      const { tags } = jsonOf<{ tags: string[] }>(answer)
      seen.push(...tags)
      sizes.push(tags.length)
      next = /^<(\/v2\/[^>]+)>; rel="next"$/.exec(String(answer.headers.link))?.[1]
    }
    expect(seen).toEqual(tagNames)
    expect(sizes).toEqual([4, 4, 1])
  })

  test('last begins after a tag, also after one that does not exist, with and without n', async () => {
    expect(jsonOf(await list('?last=beta')).tags).toEqual(['latest', 'z'])
    expect(jsonOf(await list('?last=c')).tags).toEqual(['latest', 'z'])
    const page = await list('?n=1&last=beta')
    expect(jsonOf(page).tags).toEqual(['latest'])
    expect(page.headers.link).toBe('</v2/library/app/tags/list?n=1&last=latest>; rel="next"')
    expect(jsonOf(await list('?n=5&last=zzz')).tags).toEqual([])
  })

  test('n=0 gives an empty list and no Link', async () => {
    const answer = await list('?n=0')
    expect([answer.status, jsonOf(answer).tags, answer.headers.link]).toEqual([200, [], undefined])
  })

  test('n as large as it likes gives at most a page', async () => {
    expect(jsonOf(await list('?n=99999999999999999999')).tags).toEqual(tagNames)
    const small = await testRegistry({ maxPageSize: 2 }, { storage: registry.storage })
    const answer = await small.ask('GET', '/v2/library/app/tags/list?n=1000')
    expect(jsonOf(answer).tags).toEqual(['1.0', '1.1'])
    expect(answer.headers.link).toBe('</v2/library/app/tags/list?n=2&last=1.1>; rel="next"')
    await small.close()
  })

  test.each(['-1', '1.5', 'abc', '', '0x10', '1e3', '%00'])('n=%s gets 400 PAGINATION_NUMBER_INVALID', async (n) => {
    const answer = await list(`?n=${n}`)
    expect([answer.status, errorOf(answer).code]).toEqual([400, 'PAGINATION_NUMBER_INVALID'])
  })

  test('a repository that never was gets 404 NAME_UNKNOWN', async () => {
    const answer = await list('', 'library/never')
    expect([answer.status, errorOf(answer).code]).toEqual([404, 'NAME_UNKNOWN'])
    expect(errorOf(answer).message).toContain('library/never')
  })
})

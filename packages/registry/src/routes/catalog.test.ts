import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { errorOf, jsonOf, pushImage, type TestRegistry, testRegistry } from '../testing/test-registry.ts'

const names = ['a', 'a-b', 'a.b', 'a/b', 'a/c', 'a_b', 'ab', 'b']

describe('catalog', () => {
  let registry: TestRegistry
  beforeAll(async () => {
    registry = await testRegistry()
    for (const name of [...names].reverse()) await pushImage(registry, name, 'v1')
  })
  afterAll(() => registry.close())

  test('repositories come in byte order', async () => {
    const answer = await registry.ask('GET', '/v2/_catalog')
    expect([answer.status, answer.headers['content-type']]).toEqual([200, 'application/json'])
    expect(jsonOf(answer)).toEqual({ repositories: names })
  })

  test('pages by Link give every repository once', async () => {
    const seen: string[] = []
    let next: string | undefined = '/v2/_catalog?n=3'
    while (next !== undefined) {
      const answer = await registry.ask('GET', next)
      seen.push(...jsonOf<{ repositories: string[] }>(answer).repositories)
      next = /^<(\/v2\/[^>]+)>; rel="next"$/.exec(String(answer.headers.link))?.[1]
    }
    expect(seen).toEqual(names)
  })

  test('n=0 gives an empty list and no Link, a bad n 400', async () => {
    const none = await registry.ask('GET', '/v2/_catalog?n=0')
    expect([jsonOf(none), none.headers.link]).toEqual([{ repositories: [] }, undefined])
    const bad = await registry.ask('GET', '/v2/_catalog?n=-5')
    expect([bad.status, errorOf(bad).code]).toEqual([400, 'PAGINATION_NUMBER_INVALID'])
  })
})

import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { errorOf, jsonOf, pushImage, sha256, type TestRegistry, testRegistry } from '../testing/test-registry.ts'

interface Matches {
  readonly prefix: string
  readonly matches: readonly { repository: string; digest: string; imageId?: string; tags: string[]; size: number }[]
}

describe('ids', () => {
  let registry: TestRegistry
  const config = '{"architecture":"amd64","os":"linux","rootfs":{"type":"layers","diff_ids":[]}}'
  const imageId = sha256(config)
  const idPrefix = imageId.slice(7, 19)
  let digest: string
  beforeAll(async () => {
    registry = await testRegistry()
    digest = await pushImage(registry, 'library/app', 'v1', { config })
    await pushImage(registry, 'library/app', 'latest', { config })
    await pushImage(registry, 'library/copy', 'v9', { config })
    await pushImage(registry, 'library/other', 'v1', { config: '{"other":true}' })
  })
  afterAll(() => registry.close())

  test('an image is found by the beginning of its ID, with digest and tags', async () => {
    const answer = await registry.ask('GET', `/v2/library/app/_tsreg/ids/${idPrefix}`)
    expect([answer.status, answer.headers['content-type']]).toEqual([200, 'application/json'])
    const { prefix, matches } = jsonOf<Matches>(answer)
    expect(prefix).toBe(idPrefix)
    expect(matches).toMatchObject([{ repository: 'library/app', digest, imageId, tags: ['latest', 'v1'] }])
    expect(matches[0]?.size).toBeGreaterThan(config.length)
  })

  test('an image is found by the beginning of its manifest digest', async () => {
    const answer = await registry.ask('GET', `/v2/library/app/_tsreg/ids/${digest.slice(7, 20)}`)
    expect(jsonOf<Matches>(answer).matches).toMatchObject([{ digest, imageId }])
  })

  test('without a repository it is found in all of them', async () => {
    const answer = await registry.ask('GET', `/v2/_tsreg/ids/${idPrefix}`)
    const { matches } = jsonOf<Matches>(answer)
    expect(matches.map(({ repository }) => repository).sort()).toEqual(['library/app', 'library/copy'])
  })

  test('a prefix that nothing has gives no matches', async () => {
    const answer = await registry.ask('GET', `/v2/_tsreg/ids/${sha256('nothing').slice(7)}`)
    expect([answer.status, jsonOf<Matches>(answer).matches]).toEqual([200, []])
  })

  describe.each(['/v2/_tsreg/ids/', '/v2/library/app/_tsreg/ids/'])('at %s', (path) => {
    test.each(['xyz', 'wxyz', 'abc', 'sha256:abcd', 'a'.repeat(129), '%00'])(
      'prefix %s gets 400 DIGEST_INVALID with how many digits there may be',
      async (prefix) => {
        const answer = await registry.ask('GET', `${path}${prefix}`)
        expect([answer.status, errorOf(answer).code]).toEqual([400, 'DIGEST_INVALID'])
        expect(errorOf(answer).message).toContain('4 to 128 hex digits')
      },
    )

    test.each(['abcd', 'a'.repeat(128)])('prefix %s is one', async (prefix) => {
      expect((await registry.ask('GET', `${path}${prefix}`)).status).toBe(200)
    })
  })
})

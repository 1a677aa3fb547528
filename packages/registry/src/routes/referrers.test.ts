import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import {
  type Answer,
  errorOf,
  imageType,
  indexType,
  jsonOf,
  pushImage,
  sha256,
  type TestRegistry,
  testRegistry,
} from '../testing/test-registry.ts'

interface Index {
  readonly schemaVersion: number
  readonly mediaType: string
  readonly manifests: readonly { digest: string; artifactType?: string; annotations?: Record<string, string> }[]
}

describe('referrers', () => {
  let registry: TestRegistry
  let subject: string
  const pushed: string[] = []
  beforeAll(async () => {
    registry = await testRegistry()
    subject = await pushImage(registry, 'library/app', 'v1')
    for (let n = 0; n < 7; n += 1) {
      const artifactType = n % 2 === 0 ? 'application/x-sbom' : 'application/x-signature'
      const descriptor = { mediaType: imageType, digest: subject, size: 100 }
      const extra = { artifactType, subject: descriptor, annotations: { n: String(n) } }
      pushed.push(await pushImage(registry, 'library/app', undefined, { extra }))
    }
    pushed.sort()
  })
  afterAll(() => registry.close())

  const list = (query = '', digest = subject, name = 'library/app'): Promise<Answer> =>
    registry.ask('GET', `/v2/${name}/referrers/${digest}${query}`)
  const digestsOf = (answer: Answer): string[] => jsonOf<Index>(answer).manifests.map(({ digest }) => digest)

  test('the manifests with this subject come as an index of its exact type', async () => {
    const answer = await list()
    expect([answer.status, answer.headers['content-type']]).toEqual([200, indexType])
    expect(jsonOf(answer)).toMatchObject({ schemaVersion: 2, mediaType: indexType })
    expect(digestsOf(answer)).toEqual(pushed)
    expect(answer.headers).not.toHaveProperty('oci-filters-applied')
    for (const { artifactType, annotations } of jsonOf<Index>(answer).manifests) {
      const even = Number(annotations?.n) % 2 === 0
      expect(artifactType).toBe(even ? 'application/x-sbom' : 'application/x-signature')
    }
  })

  test('a filter is applied and acknowledged', async () => {
    const answer = await list('?artifactType=application%2Fx-sbom')
    expect(answer.headers['oci-filters-applied']).toBe('artifactType')
    expect(
      jsonOf<Index>(answer)
        .manifests.map(({ annotations }) => annotations?.n)
        .sort(),
    ).toEqual(['0', '2', '4', '6'])
    expect(digestsOf(await list('?artifactType=application/none'))).toEqual([])
  })

  test('pages by Link give every referrer once and keep the filter', async () => {
    const seen: string[] = []
    let next: string | undefined = `/v2/library/app/referrers/${subject}?n=2&artifactType=application%2Fx-sbom`
    let pages = 0
    while (next !== undefined) {
      const answer = await registry.ask('GET', next)
      seen.push(...digestsOf(answer))
      pages += 1
      next = /^<(\/v2\/[^>]+)>; rel="next"$/.exec(String(answer.headers.link))?.[1]
    }
    expect([seen.length, new Set(seen).size, pages]).toEqual([4, 4, 2])
  })

  test('a page ends when it has become as large as a manifest may be', async () => {
    const big = sha256('big subject')
    for (let n = 0; n < 5; n += 1) {
      const extra = {
        artifactType: 'application/x-big',
        subject: { mediaType: imageType, digest: big, size: 1 },
        annotations: { n: String(n), padding: 'p'.repeat(1_600_000) },
      }
      await pushImage(registry, 'library/big', undefined, { extra })
    }
    const seen: string[] = []
    let next: string | undefined = `/v2/library/big/referrers/${big}`
    while (next !== undefined) {
      const answer = await registry.ask('GET', next)
      expect(answer.body.length).toBeLessThan(5 * 1024 * 1024)
      seen.push(...digestsOf(answer))
      next = /^<(\/v2\/[^>]+)>; rel="next"$/.exec(String(answer.headers.link))?.[1]
    }
    expect(new Set(seen).size).toBe(5)
  })

  test.each([
    ['a digest without referrers', 'library/app', sha256('lonely')],
    ['a repository that never was', 'library/never', sha256('x')],
    ['a digest of an algorithm nobody computes here', 'library/app', 'blake3:'.padEnd(71, '0')],
  ])('%s has an empty index, never 404', async (_title, name, digest) => {
    const answer = await list('', digest, name)
    expect([answer.status, answer.headers['content-type']]).toEqual([200, indexType])
    expect(jsonOf(answer)).toEqual({ schemaVersion: 2, mediaType: indexType, manifests: [] })
  })

  test.each(['v1', 'sha256:short', `sha256:${'F'.repeat(64)}`])(
    'subject %s gets 400 DIGEST_INVALID',
    async (digest) => {
      const answer = await list('', digest)
      expect([answer.status, errorOf(answer).code]).toEqual([400, 'DIGEST_INVALID'])
    },
  )

  test('a referrer that was deleted is not listed any more', async () => {
    const other = sha256('other subject')
    const extra = { subject: { mediaType: imageType, digest: other, size: 1 }, annotations: { gone: 'soon' } }
    const digest = await pushImage(registry, 'library/app', undefined, { extra })
    expect(digestsOf(await list('', other))).toEqual([digest])
    await registry.ask('DELETE', `/v2/library/app/manifests/${digest}`)
    expect(digestsOf(await list('', other))).toEqual([])
  })
})

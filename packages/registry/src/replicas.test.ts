import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { openStorage } from '@tsreg/storage'
import { type Bucket, memoryBucket } from '@tsreg/storage/bucket'
import {
  answerOf,
  bytes,
  imageType,
  prepareImage,
  pushImage,
  sha256,
  type TestRegistry,
  testRegistry,
} from './testing/test-registry.ts'

type Three = [TestRegistry, TestRegistry, TestRegistry]

describe('three registries on one bucket', () => {
  let registries: Three
  beforeEach(async () => {
    const bucket: Bucket = { ...memoryBucket({ conditionalDelete: false }), close: async () => {} }
    const start = async () => testRegistry({}, { storage: await openStorage(bucket, { cacheTtlMs: 0 }) })
    registries = (await Promise.all([start(), start(), start()])) as Three
  })
  afterEach(() => Promise.all(registries.map((registry) => registry.close())))

  test.each([100, 30_000, 3_000_000])('POST on one, PATCH on a second, PUT on a third: %i bytes', async (size) => {
    const [one, two, three] = registries
    const content = bytes(size)
    const digest = sha256(content)
    const posted = await one.ask('POST', '/v2/a/blobs/uploads/')
    const patched = await two.ask('PATCH', String(posted.headers.location), { body: content })
    expect([patched.status, patched.headers.range]).toEqual([202, `0-${size - 1}`])
    const put = await three.ask('PUT', `${patched.headers.location}?digest=${digest}`)
    expect([put.status, put.headers.location]).toEqual([201, `/v2/a/blobs/${digest}`])
    for (const { ask } of registries) {
      expect((await ask('GET', `/v2/a/blobs/${digest}`)).body.equals(content)).toBe(true)
    }
  })

  test('a client that is cut off asks another replica how far it is, and goes on there', async () => {
    const [one, two, three] = registries
    const content = bytes(2_000_000)
    const { location } = (await one.ask('POST', '/v2/a/blobs/uploads/')).headers
    const sent = one.begin('PATCH', String(location), { 'content-length': content.length })
    const lost = answerOf(sent)
    sent.write(content.subarray(0, 1_500_000))
    await new Promise((resolve) => setImmediate(resolve))
    sent.destroy()
    await expect(lost).rejects.toThrow()
    let offset = 0
    // The replica that was cut off saves what came; nothing tells the other one when that is done.
    while (offset === 0) {
      const { range } = (await two.ask('GET', String(location))).headers
      offset = range === '0-0' ? 0 : Number(String(range).slice(2)) + 1
    }
    const rest = content.subarray(offset)
    const headers = { 'content-range': `${offset}-${content.length - 1}` }
    expect((await two.ask('PATCH', String(location), { headers, body: rest })).status).toBe(202)
    expect((await three.ask('PUT', `${location}?digest=${sha256(content)}`)).status).toBe(201)
    expect((await one.ask('GET', `/v2/a/blobs/${sha256(content)}`)).body.equals(content)).toBe(true)
  })

  test('a chunk that another replica has taken already gets 416 with the place where the session is', async () => {
    const [one, two, three] = registries
    const { location } = (await one.ask('POST', '/v2/a/blobs/uploads/')).headers
    const headers = { 'content-range': '0-9999' }
    const chunk = { headers, body: bytes(10_000) }
    expect((await two.ask('PATCH', String(location), chunk)).status).toBe(202)
    const again = await three.ask('PATCH', String(location), chunk)
    expect([again.status, again.headers.range]).toEqual([416, '0-9999'])
  })

  test('of 12 creations of one tag on three replicas at once one wins, and every replica shows that one', async () => {
    const manifests = await Promise.all(
      Array.from({ length: 12 }, (_, n) => prepareImage(registries[0], 'a', { config: `{"n":${n}}` })),
    )
    const answers = await Promise.all(
      manifests.map((body, n) => {
        const headers = { 'content-type': imageType, 'if-none-match': '*' }
        return registries[(n % 3) as 0 | 1 | 2].ask('PUT', '/v2/a/manifests/t', { headers, body })
      }),
    )
    const statuses = answers.map(({ status }) => status)
    expect(statuses.toSorted()).toEqual([201, ...Array.from({ length: 11 }, () => 412)])
    const winner = sha256(manifests[statuses.indexOf(201)] ?? '')
    for (const { ask } of registries) {
      expect((await ask('GET', '/v2/a/manifests/t')).headers['docker-content-digest']).toBe(winner)
    }
  })

  test('what one replica pushes, tags and deletes the others show at once', async () => {
    const [one, two, three] = registries
    const digest = await pushImage(one, 'a', 'v1')
    expect((await two.ask('GET', '/v2/a/manifests/v1')).headers['docker-content-digest']).toBe(digest)
    expect((await two.ask('DELETE', '/v2/a/manifests/v1')).status).toBe(202)
    expect((await three.ask('GET', '/v2/a/manifests/v1')).status).toBe(404)
    expect((await three.ask('DELETE', `/v2/a/manifests/${digest}`)).status).toBe(202)
    expect((await one.ask('GET', `/v2/a/manifests/${digest}`)).status).toBe(404)
  })
})

import { afterEach, beforeEach, expect, test } from '@jest/globals'
import { errorOf, jsonOf, pushBlob, pushImage, type TestRegistry, testRegistry } from '../testing/test-registry.ts'

let registry: TestRegistry
beforeEach(async () => {
  registry = await testRegistry()
})
afterEach(() => registry.close())

const path = '/v2/library/app/_tsreg/repository'

test('DELETE takes a repository with its tags, images and blobs, and leaves the others', async () => {
  const digest = await pushImage(registry, 'library/app', 'v1')
  const blob = await pushBlob(registry, 'library/app', 'no manifest names this')
  await pushImage(registry, 'library/other', 'v1')
  const answer = await registry.ask('DELETE', path)
  expect([answer.status, jsonOf(answer)]).toEqual([
    202,
    { name: 'library/app', deleted: { tags: 1, manifests: 1, blobs: 3 } },
  ])
  for (const [gone, code] of [
    ['/v2/library/app/manifests/v1', 'MANIFEST_UNKNOWN'],
    [`/v2/library/app/manifests/${digest}`, 'MANIFEST_UNKNOWN'],
    [`/v2/library/app/blobs/${blob}`, 'BLOB_UNKNOWN'],
    ['/v2/library/app/tags/list', 'NAME_UNKNOWN'],
  ] as const) {
    const missing = await registry.ask('GET', gone)
    expect([missing.status, errorOf(missing).code]).toEqual([404, code])
  }
  expect(jsonOf(await registry.ask('GET', '/v2/_catalog'))).toEqual({ repositories: ['library/other'] })
  expect((await registry.ask('GET', '/v2/library/other/manifests/v1')).status).toBe(200)
})

test('a repository that is not there is 404 NAME_UNKNOWN, a name that is none 400, another method 405', async () => {
  const missing = await registry.ask('DELETE', path)
  expect([missing.status, errorOf(missing).code]).toEqual([404, 'NAME_UNKNOWN'])
  const bad = await registry.ask('DELETE', '/v2/Library/_tsreg/repository')
  expect([bad.status, errorOf(bad).code]).toEqual([400, 'NAME_INVALID'])
  const read = await registry.ask('GET', path)
  expect([read.status, read.headers.allow]).toEqual([405, 'DELETE'])
})

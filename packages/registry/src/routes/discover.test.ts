import { expect, test } from '@jest/globals'
import { errorOf, jsonOf, testRegistry } from '../testing/test-registry.ts'

test('the extension is announced for the registry and for a repository', async () => {
  const registry = await testRegistry()
  for (const [path, ...endpoints] of [
    ['/v2/_oci/ext/discover', '/v2/_tsreg/ids/<hexPrefix>'],
    [
      '/v2/library/app/_oci/ext/discover',
      '/v2/library/app/_tsreg/ids/<hexPrefix>',
      '/v2/library/app/_tsreg/repository',
    ],
  ] as const) {
    const answer = await registry.ask('GET', path)
    expect([answer.status, answer.headers['content-type']]).toEqual([200, 'application/json'])
    expect(jsonOf(answer)).toMatchObject({ extensions: [{ name: '_tsreg', endpoints }] })
  }
  const bad = await registry.ask('GET', '/v2/Library/_oci/ext/discover')
  expect([bad.status, errorOf(bad).code]).toEqual([400, 'NAME_INVALID'])
  await registry.close()
})

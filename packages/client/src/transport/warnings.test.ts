import { expect, test } from '@jest/globals'
import { scriptedServer } from '@tsreg/testkit'
import { openScripted } from '../testing/open-scripted.ts'
import { readWarnings } from './warnings.ts'

test.each([
  ['299 - "deprecated"', ['deprecated']],
  ['299 - "say \\"hello\\""', ['say "hello"']],
  ['299 - "one", 299 - "two"', ['one', 'two']],
  ['299 - "with \u001b[31m colour"', ['with  [31m colour']],
  ['199 - "other"', []],
  ['299 agent "other"', []],
  [`299 - "${'x'.repeat(5000)}"`, []],
])('%j gives %j', (value, expected) => {
  expect(readWarnings(value)).toEqual(expected)
})

test('a warning of the registry is told once', async () => {
  await using server = await scriptedServer([
    { request: { path: '/v2/' }, response: { headers: { warning: '299 - "soon over"' } }, times: 3 },
  ])
  await using client = openScripted(server.host)
  for (let count = 0; count < 3; count++) await client.registry.ping()
  expect(client.notices).toEqual([{ kind: 'warning', host: server.host, text: 'soon over' }])
})

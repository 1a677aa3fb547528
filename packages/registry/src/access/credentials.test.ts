import { expect, test } from '@jest/globals'
import { parseCredentials } from './credentials.ts'

const basic = (text: string) => `Basic ${Buffer.from(text).toString('base64')}`

test.each([
  [undefined, { scheme: 'none' }],
  ['', { scheme: 'none' }],
  [basic('user:pass'), { scheme: 'basic', username: 'user', password: 'pass' }],
  [basic('user:p:a:s'), { scheme: 'basic', username: 'user', password: 'p:a:s' }],
  [basic('üser:pässwörd'), { scheme: 'basic', username: 'üser', password: 'pässwörd' }],
  [basic(':'), { scheme: 'none' }],
  [basic('user:'), { scheme: 'basic', username: 'user', password: '' }],
  [basic('user:pass').replace('Basic', 'bAsIc'), { scheme: 'basic', username: 'user', password: 'pass' }],
  [basic('nocolon'), { scheme: 'malformed' }],
  ['Basic !!!', { scheme: 'malformed' }],
  ['Basic', { scheme: 'malformed' }],
  ['Bearer abc.def', { scheme: 'bearer', token: 'abc.def' }],
  ['Digest username="x"', { scheme: 'malformed' }],
  ['garbage', { scheme: 'malformed' }],
])('%s is read as %j', (header, credentials) => {
  expect(parseCredentials(header)).toEqual(credentials)
})

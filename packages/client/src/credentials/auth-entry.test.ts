import { expect, test } from '@jest/globals'
import { credentialOf, entryOf } from './auth-entry.ts'

const base64 = (text: string) => Buffer.from(text).toString('base64')

test.each([
  [{ auth: base64('jo:secret') }, { kind: 'password', username: 'jo', password: 'secret' }],
  [{ auth: base64('jo:se:cr:et') }, { kind: 'password', username: 'jo', password: 'se:cr:et' }],
  [{ auth: base64('jo:secret\0\0') }, { kind: 'password', username: 'jo', password: 'secret' }],
  [{ auth: base64('jö:pässwörd') }, { kind: 'password', username: 'jö', password: 'pässwörd' }],
  [{ auth: base64('jo:') }, { kind: 'password', username: 'jo', password: '' }],
  [
    { username: 'jo', password: 'secret' },
    { kind: 'password', username: 'jo', password: 'secret' },
  ],
  [
    { auth: base64('<token>:t'), email: 'x' },
    { kind: 'identity-token', token: 't' },
  ],
  [
    { auth: base64('jo:'), identitytoken: 't' },
    { kind: 'identity-token', token: 't', username: 'jo' },
  ],
  [{ identitytoken: 't' }, { kind: 'identity-token', token: 't', username: undefined }],
  [
    { registrytoken: 'r', auth: base64('jo:secret') },
    { kind: 'registry-token', token: 'r' },
  ],
  [{}, undefined],
  [{ auth: '' }, undefined],
  [{ username: 'jo' }, undefined],
  [null, undefined],
  ['text', undefined],
])('%j is %j', (entry, credential) => {
  expect(credentialOf(entry, 'h')).toEqual(credential)
})

test.each([base64('no colon'), base64(':no user'), '!!!'])('auth %j is an error that does not show it', (auth) => {
  expect(() => credentialOf({ auth }, 'ghcr.io')).toThrow(expect.objectContaining({ code: 'CREDENTIALS' }))
  expect(() => credentialOf({ auth }, 'ghcr.io')).not.toThrow(auth)
})

test('what is written is read back', () => {
  expect(credentialOf(entryOf('jö', 'a:b'), 'h')).toEqual({ kind: 'password', username: 'jö', password: 'a:b' })
})

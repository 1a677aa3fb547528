/**
 * One entry of `auths` in docker's config.json, from and to a credential.
 * @module
 */
import { ClientError } from '../errors.ts'
import { isRecord } from './config-file.ts'
import type { Credential } from './credential.ts'

/**
 * Undefined for an empty entry, which docker writes where a helper has the secret.
 * @throws ClientError CREDENTIALS when `auth` is not the base64 of `user:password`.
 */
export function credentialOf(entry: unknown, key: string): Credential | undefined {
  if (!isRecord(entry)) return undefined
  const { username, password } = readPair(entry, key)
  const registryToken = text(entry.registrytoken)
  if (registryToken !== undefined) return { kind: 'registry-token', token: registryToken }
  const identityToken = text(entry.identitytoken)
  if (identityToken !== undefined) return { kind: 'identity-token', token: identityToken, username }
  if (username === undefined || password === undefined) return undefined
  return fromPair(username, password)
}

/** `<token>` in place of a user name marks an identity token, in files and in helpers. */
export function fromPair(username: string, secret: string): Credential {
  return username === '<token>'
    ? { kind: 'identity-token', token: secret }
    : { kind: 'password', username, password: secret }
}

/** The entry that docker would write. */
export function entryOf(username: string, password: string): Readonly<Record<string, string>> {
  return { auth: Buffer.from(`${username}:${password}`).toString('base64') }
}

function readPair(entry: Readonly<Record<string, unknown>>, key: string) {
  const auth = text(entry.auth)
  if (auth === undefined) return { username: text(entry.username), password: text(entry.password) }
  const decoded = Buffer.from(auth, 'base64').toString()
  const colon = decoded.indexOf(':')
  if (colon < 1) {
    throw new ClientError('CREDENTIALS', `the entry of ${JSON.stringify(key)} is not the base64 of user:password`)
  }
  // Old versions of docker pad with zero bytes.
  return { username: decoded.slice(0, colon), password: decoded.slice(colon + 1).replace(/\0+$/, '') }
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined
}

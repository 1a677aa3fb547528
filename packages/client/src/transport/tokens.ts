/**
 * The token exchange of distribution ("Token Authentication" and "OAuth2 Token Authentication"): GET with a password or
 * nothing, POST with an identity token, each falling back to the other where the service does not know it.
 * @module
 */
import { OciError } from '@tsreg/oci'
import { type Access, type Challenge, formatScope, formatScopes } from '@tsreg/oci/distribution'
import type { Credential } from '../credentials/credential.ts'
import { ClientError } from '../errors.ts'
import type { Dispatch, RegistryResponse } from './dispatch.ts'
import { mayCarrySecrets } from './origin.ts'
import { redactUrl } from './redact.ts'
import { responseError } from './response-error.ts'

export interface Token {
  readonly value: string
  /** Milliseconds from the answer on that the token is good for. */
  readonly lifetimeMs: number
  /** To be used in place of the password from now on. */
  readonly refreshToken?: string | undefined
}

export interface TokenRequest {
  /** The registry, for messages. */
  readonly host: string
  readonly challenge: Challenge
  readonly access: readonly Access[]
  readonly credential: Exclude<Credential, { kind: 'registry-token' }> | undefined
  readonly plainHttpAllowed: boolean
  readonly signal?: AbortSignal | undefined
}

const clientId = 'tsreg'
const maxTokenBytes = 1024 * 1024
const defaultLifetimeSeconds = 60

/** @throws OciError UNAUTHORIZED when the service refuses the credential; ClientError PROTOCOL, CREDENTIALS. */
export async function fetchToken(dispatch: Dispatch, request: TokenRequest): Promise<Token> {
  const realm = realmOf(request)
  const { credential } = request
  if (credential !== undefined && !mayCarrySecrets(realm, request.plainHttpAllowed)) {
    throw new ClientError('CREDENTIALS', `the token service ${redactUrl(realm)} of ${request.host} is plain http`, {
      host: request.host,
      advice: 'credentials are sent over https only; allow plain http for this registry if that is what you want',
    })
  }
  const first = credential?.kind === 'identity-token' ? 'POST' : 'GET'
  const answer = await exchange(dispatch, request, realm, first)
  if (answer.status === 200) return readToken(answer, request, realm)
  const other = credential === undefined ? undefined : fallback(first, answer.status)
  if (other === undefined) throw refusal(answer, request, realm)
  const second = await exchange(dispatch, request, realm, other)
  if (second.status === 200) return readToken(second, request, realm)
  // The answer to the method that the service knows says more than the one to the other.
  throw refusal(answer.status === 404 || answer.status === 405 ? second : answer, request, realm)
}

/** Services without the OAuth2 endpoint answer a POST with 404 or 405, some with 400 or 401. */
function fallback(first: 'GET' | 'POST', status: number): 'GET' | 'POST' | undefined {
  if (first === 'POST') return [400, 401, 404, 405].includes(status) ? 'GET' : undefined
  return status === 404 || status === 405 ? 'POST' : undefined
}

function exchange(
  dispatch: Dispatch,
  request: TokenRequest,
  realm: URL,
  method: 'GET' | 'POST',
): Promise<RegistryResponse> {
  const common = {
    operation: operationOf(request, realm),
    method,
    maxBytes: maxTokenBytes,
    repeat: 'always' as const,
    signal: request.signal,
  }
  if (method === 'GET') return dispatch({ ...common, url: getUrl(request, realm), headers: getHeaders(request) })
  const form = Buffer.from(postForm(request).toString())
  return dispatch({
    ...common,
    url: realm,
    // The form holds the secret, and a redirect would carry it along.
    redirects: 'same-origin',
    headers: { 'content-type': 'application/x-www-form-urlencoded', accept: 'application/json' },
    body: { size: form.byteLength, open: () => once(form) },
  })
}

function getUrl({ challenge, access, credential }: TokenRequest, realm: URL): URL {
  const url = new URL(realm)
  const { service } = challenge.parameters
  if (service !== undefined) url.searchParams.set('service', service)
  for (const each of access) url.searchParams.append('scope', formatScope(each))
  if (credential?.kind === 'password') url.searchParams.set('account', credential.username)
  url.searchParams.set('client_id', clientId)
  return url
}

function getHeaders({ credential }: TokenRequest): Record<string, string> {
  const accept = { accept: 'application/json' }
  if (credential === undefined) return accept
  if (credential.kind === 'password') {
    return { ...accept, authorization: basic(credential.username, credential.password) }
  }
  return { ...accept, authorization: basic(credential.username ?? '<token>', credential.token) }
}

function postForm({ challenge, access, credential }: TokenRequest): URLSearchParams {
  const form = new URLSearchParams({ service: challenge.parameters.service ?? '', client_id: clientId })
  if (access.length > 0) form.set('scope', formatScopes(access))
  if (credential?.kind === 'identity-token') {
    form.set('grant_type', 'refresh_token')
    form.set('refresh_token', credential.token)
  } else if (credential !== undefined) {
    form.set('grant_type', 'password')
    form.set('username', credential.username)
    form.set('password', credential.password)
  }
  return form
}

function realmOf({ challenge, host }: TokenRequest): URL {
  const realm = URL.parse(challenge.parameters.realm ?? '')
  if (realm !== null && (realm.protocol === 'https:' || realm.protocol === 'http:')) {
    realm.username = ''
    realm.password = ''
    realm.hash = ''
    return realm
  }
  const shown = JSON.stringify((challenge.parameters.realm ?? '').slice(0, 200))
  throw new ClientError('PROTOCOL', `the realm of the challenge is not an http address: ${shown}`, { host })
}

function readToken(response: RegistryResponse, request: TokenRequest, realm: URL): Token {
  const body = parseObject(response.bytes)
  const value = stringOf(body?.token) ?? stringOf(body?.access_token)
  // A line break would let the service write further headers.
  if (value === undefined || !/^[\x21-\x7e]+$/.test(value)) {
    throw new ClientError('PROTOCOL', `${operationOf(request, realm)}: the answer holds no token`, {
      host: realm.host,
      status: response.status,
    })
  }
  // `issued_at` is left alone: the clock of the service need not be ours.
  const seconds = Number(body?.expires_in)
  return {
    value,
    lifetimeMs: (seconds > 0 ? Math.min(seconds, 86_400) : defaultLifetimeSeconds) * 1000,
    refreshToken: stringOf(body?.refresh_token),
  }
}

function refusal(response: RegistryResponse, request: TokenRequest, realm: URL): Error {
  const who =
    request.credential === undefined
      ? 'anonymous access'
      : request.credential.kind === 'password'
        ? `user ${JSON.stringify(request.credential.username)}`
        : 'the identity token'
  const error = responseError(response, { operation: operationOf(request, realm), unknown: 'UNKNOWN' })
  if (response.status !== 400 && response.status !== 401 && response.status !== 403) return error
  return new OciError('UNAUTHORIZED', `the token service ${realm.host} of ${request.host} refused ${who}`, {
    detail: { host: request.host, realm: redactUrl(realm), status: response.status },
    cause: error,
  })
}

function operationOf(request: TokenRequest, realm: URL): string {
  return `get a token for ${request.host} from ${redactUrl(realm)}`
}

/** `Basic …` (RFC 7617), UTF-8. */
export function basic(username: string, password: string): string {
  return `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`
}

function parseObject(bytes: Uint8Array): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(Buffer.from(bytes).toString())
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined
  } catch {
    return undefined
  }
}

function stringOf(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined
}

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes
}

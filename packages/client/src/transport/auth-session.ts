/**
 * What is known about the authentication of one registry, and what follows from it for a request.
 * @module
 */
import { isOciError } from '@tsreg/oci'
import type { Access, Challenge } from '@tsreg/oci/distribution'
import type { Credential, CredentialSource } from '../credentials/credential.ts'
import { ClientError } from '../errors.ts'
import type { Notify } from '../notices.ts'
import { chooseChallenge, keyOf, mergeAccess, scopesOf } from './challenge.ts'
import { type Dispatch, headerValues, type RegistryRequest, type RegistryResponse } from './dispatch.ts'
import { mayCarrySecrets } from './origin.ts'
import { basic, fetchToken } from './tokens.ts'

export interface AuthOptions {
  /** As it stands in references: the key of the credentials. */
  readonly host: string
  /** Host and port that the API is served at: the only place that secrets go to besides its token service. */
  readonly authority: string
  readonly credentials: CredentialSource
  /** For the token service: retries and redirects, but no authentication. */
  readonly tokenDispatch: Dispatch
  readonly plainHttpAllowed: boolean
  readonly notify: Notify
  readonly now: () => number
}

/** Tokens are not used in their last seconds: the request is still on its way. */
const leewayMs = 10_000

interface CachedToken {
  readonly value: Promise<string>
  /** The same, once it is there. */
  text: string | undefined
  expiresAt: number
}

/** Challenge, credential and tokens of one registry. */
export class AuthSession {
  readonly #options: AuthOptions
  readonly #tokens = new Map<string, CachedToken>()
  /** By what a request needs: the scopes of the last challenge to such a request. */
  readonly #asked = new Map<string, readonly Access[]>()
  #challenge: Challenge | undefined
  #credential: Promise<Credential | undefined> | undefined
  #failure: unknown
  #refreshToken: string | undefined

  constructor(options: AuthOptions) {
    this.#options = options
  }

  /** The request with what is known so far. */
  async authorized(request: RegistryRequest): Promise<RegistryRequest> {
    const challenge = this.#challenge
    if (challenge === undefined) return request
    const credential = await this.#credentialFor(request)
    const value = await this.#authorization(challenge, credential, request).catch((error: unknown) => {
      throw this.#failure !== undefined && isOciError(error, 'UNAUTHORIZED') ? this.#unreadable(1) : error
    })
    return value === undefined ? request : { ...request, headers: { ...request.headers, authorization: value } }
  }

  /** Takes the challenge of a refusal; false when trying again would change nothing. */
  async learn(response: RegistryResponse, sent: RegistryRequest): Promise<boolean> {
    const challenge = chooseChallenge(headerValues(response, 'www-authenticate'))
    if (challenge === undefined) return false
    this.#challenge = challenge
    const credential = await this.#credentialFor(sent)
    const shown = sent.headers?.authorization !== undefined
    if (credential?.kind === 'registry-token') return !shown
    if (challenge.scheme === 'basic')
      return credential !== undefined && !sent.headers?.authorization?.startsWith('Basic ')
    this.#drop(sent)
    this.#asked.set(keyOf(sent.access ?? []), scopesOf(challenge))
    return true
  }

  /** Forgets the token that was refused; one that another request has got meanwhile stays. */
  #drop(sent: RegistryRequest): void {
    const key = keyOf(this.#accessOf(sent))
    const text = this.#tokens.get(key)?.text
    if (text !== undefined && sent.headers?.authorization === `Bearer ${text}`) this.#tokens.delete(key)
  }

  /** Why a refusal may have come: credentials that could not be read. */
  explained(response: RegistryResponse): RegistryResponse {
    if (response.status !== 401 || this.#failure === undefined) return response
    throw this.#unreadable(response.attempts)
  }

  #unreadable(attempts: number): ClientError {
    const { host } = this.#options
    const why = this.#failure instanceof Error ? this.#failure.message : String(this.#failure)
    return new ClientError('CREDENTIALS', `${host} wants credentials, and they could not be read: ${why}`, {
      host,
      status: 401,
      attempts,
      cause: this.#failure,
    })
  }

  /** What the request needs, and what the registry once said that such a request needs. */
  #accessOf(request: RegistryRequest): readonly Access[] {
    return mergeAccess([...(request.access ?? []), ...(this.#asked.get(keyOf(request.access ?? [])) ?? [])])
  }

  #credentialFor(request: RegistryRequest): Promise<Credential | undefined> {
    const { host, credentials, notify } = this.#options
    this.#credential ??= credentials(host, { signal: request.signal }).catch((error: unknown) => {
      if (request.signal?.aborted === true) {
        this.#credential = undefined
        throw error
      }
      this.#failure = error
      notify({ kind: 'credentials', host, error: error instanceof Error ? error : new Error(String(error)) })
      return undefined
    })
    return this.#credential
  }

  async #authorization(
    challenge: Challenge,
    credential: Credential | undefined,
    request: RegistryRequest,
  ): Promise<string | undefined> {
    if (credential !== undefined && !mayCarrySecrets(request.url, this.#options.plainHttpAllowed)) {
      throw new ClientError('CREDENTIALS', `${this.#options.host} asks for credentials over plain http`, {
        host: this.#options.host,
        advice: 'credentials are sent over https only; allow plain http for this registry if that is what you want',
      })
    }
    if (credential?.kind === 'registry-token') return `Bearer ${credential.token}`
    if (challenge.scheme === 'bearer') return `Bearer ${await this.#token(challenge, credential, request)}`
    if (credential === undefined) return undefined
    if (credential.kind === 'password') return basic(credential.username, credential.password)
    return basic(credential.username ?? '<token>', credential.token)
  }

  async #token(
    challenge: Challenge,
    credential: Exclude<Credential, { kind: 'registry-token' }> | undefined,
    request: RegistryRequest,
  ): Promise<string> {
    const access = this.#accessOf(request)
    const key = keyOf(access)
    const cached = this.#tokens.get(key)
    if (cached !== undefined && this.#options.now() < cached.expiresAt)
      return untilAborted(cached.value, request.signal)
    const asked = this.#options.now()
    // Requests that come meanwhile wait for the same token; what fails is not kept.
    const token = fetchToken(this.#options.tokenDispatch, {
      host: this.#options.host,
      challenge,
      access,
      credential: this.#refreshToken === undefined ? credential : { kind: 'identity-token', token: this.#refreshToken },
      plainHttpAllowed: this.#options.plainHttpAllowed,
      signal: undefined,
    }).then(
      ({ value, lifetimeMs, refreshToken }) => {
        entry.text = value
        entry.expiresAt = asked + lifetimeMs - Math.min(leewayMs, lifetimeMs / 4)
        if (credential?.kind === 'identity-token') this.#refreshToken = refreshToken ?? this.#refreshToken
        return value
      },
      (error: unknown) => {
        if (this.#tokens.get(key) === entry) this.#tokens.delete(key)
        throw error
      },
    )
    const entry: CachedToken = { value: token, text: undefined, expiresAt: Number.POSITIVE_INFINITY }
    this.#tokens.set(key, entry)
    // Whoever waited may be gone.
    token.catch(() => {})
    return untilAborted(token, request.signal)
  }
}

function untilAborted<T>(promise: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return promise
  if (signal.aborted) return Promise.reject(signal.reason)
  return new Promise((resolve, reject) => {
    const onAbort = () => reject(signal.reason)
    signal.addEventListener('abort', onAbort, { once: true })
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', onAbort))
  })
}

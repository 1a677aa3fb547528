/**
 * The edge of the transport: one undici pool per origin, HTTP/1.1, a bounded number of connections, kept alive.
 * @module
 */
import { Readable } from 'node:stream'
import type { Dispatcher } from 'undici'
import { ClientError } from '../errors.ts'
import type { Dispatch, RegistryRequest, RegistryResponse } from './dispatch.ts'
import { toClientError } from './failures.ts'
import { largeReads } from './large-reads.ts'
import type { Limits } from './limits.ts'
import { isLoopback } from './origin.ts'
import { watchedBody } from './stalls.ts'

export interface TlsOptions {
  /** Certificates of the authorities to trust, PEM. Default: those that Node trusts. */
  readonly ca?: string | Buffer | readonly (string | Buffer)[] | undefined
  /** Certificate of the client, PEM. */
  readonly cert?: string | Buffer | undefined
  /** Key of {@link TlsOptions.cert}, PEM. */
  readonly key?: string | Buffer | undefined
  /**
   * Accepts any certificate: whoever is on the way can read and change everything.
   * @default false
   */
  readonly insecureSkipVerify?: boolean | undefined
}

export interface SenderOptions {
  readonly limits: Limits
  readonly tls?: TlsOptions | undefined
  /** Connections per origin. */
  readonly connections: number
  readonly userAgent: string
  /** Uses the proxies that HTTP_PROXY, HTTPS_PROXY and NO_PROXY name; loopback is always reached directly. */
  readonly proxyFromEnvironment: boolean
}

export interface Sender {
  readonly dispatch: Dispatch
  /** Ends all connections; requests under way fail. */
  close(): Promise<void>
}

export function createSender(options: SenderOptions): Sender {
  const pools = new Pools(options)
  return { dispatch: (request) => send(request, options, pools), close: () => pools.close() }
}

/** Answers of status 1xx (RFC 9110, section 15.2) before the one that counts: a registry has no use for even one. */
const mostInterim = 32

async function send(request: RegistryRequest, options: SenderOptions, pools: Pools): Promise<RegistryResponse> {
  request.signal?.throwIfAborted()
  const pool = await pools.of(request.url)
  const { limits } = options
  const inner = new AbortController()
  let source: { readonly error: unknown } | undefined
  let interim = 0
  const body =
    request.body === undefined
      ? null
      : Readable.from(
          watchedBody(request.body, {
            signal: request.signal,
            stallTimeoutMs: limits.stallTimeoutMs,
            onStall: (error) => inner.abort(error),
            onSourceFailure: (error) => {
              source ??= { error }
            },
          }),
          { objectMode: false },
        )
  try {
    const answer = await pool.request({
      origin: request.url.origin,
      path: request.url.pathname + request.url.search,
      method: request.method,
      headers: headersOf(request, options),
      body,
      signal: request.signal === undefined ? inner.signal : AbortSignal.any([request.signal, inner.signal]),
      headersTimeout: body === null ? limits.stallTimeoutMs : limits.answerTimeoutMs,
      bodyTimeout: limits.stallTimeoutMs,
      onInfo: () => {
        // Each of them starts the clock of the answer anew.
        if (++interim > mostInterim) inner.abort(onlyInterim(request))
      },
      // A body that gathers chunks copies them into one; ahead of it reads the system.
      highWaterMark: 1,
    })
    return {
      status: answer.statusCode,
      headers: answer.headers,
      url: request.url,
      bytes: Buffer.alloc(0),
      stream: answer.body,
      attempts: 1,
    }
  } catch (error) {
    request.signal?.throwIfAborted()
    if (source !== undefined) throw source.error
    throw toClientError(inner.signal.aborted ? inner.signal.reason : error, request)
  } finally {
    body?.on('error', () => {}).destroy()
  }
}

function onlyInterim({ operation, url }: RegistryRequest): ClientError {
  const message = `${operation}: ${mostInterim} interim answers (status 1xx) and none that ends the request`
  return new ClientError('PROTOCOL', message, { host: url.host })
}

function headersOf(request: RegistryRequest, options: SenderOptions): Record<string, string> {
  return {
    'user-agent': options.userAgent,
    'accept-encoding': 'identity',
    ...request.headers,
    ...(request.body === undefined
      ? request.method === 'POST' || request.method === 'PUT' || request.method === 'PATCH'
        ? { 'content-length': '0' }
        : {}
      : { 'content-length': String(request.body.size) }),
  }
}

/** undici is loaded with the first request: a command that needs no network does not pay for it. */
class Pools {
  readonly #options: SenderOptions
  #direct: Promise<Dispatcher> | undefined
  #proxied: Promise<Dispatcher> | undefined
  #closed = false

  constructor(options: SenderOptions) {
    this.#options = options
  }

  of(url: URL): Promise<Dispatcher> {
    if (this.#closed) {
      throw new ClientError('NETWORK', `the registry client of ${url.host} is closed`, { host: url.host })
    }
    if (this.#options.proxyFromEnvironment && !isLoopback(url) && namesProxy(process.env)) return this.#proxiedPool()
    this.#direct ??= import('./agents.ts').then(({ Agent }) => {
      const { connect, ...options } = agentOptions(this.#options)
      return new Agent({ ...options, connect: { ...connect, ...largeReads() } })
    })
    return this.#direct
  }

  #proxiedPool(): Promise<Dispatcher> {
    this.#proxied ??= import('./agents.ts').then(
      ({ EnvHttpProxyAgent }) =>
        new EnvHttpProxyAgent({ ...agentOptions(this.#options), requestTls: tlsOptions(this.#options) }),
    )
    return this.#proxied
  }

  async close(): Promise<void> {
    this.#closed = true
    const pools = await Promise.all([this.#direct, this.#proxied])
    await Promise.all(pools.map((pool) => pool?.destroy()))
  }
}

function namesProxy(environment: NodeJS.ProcessEnv): boolean {
  return ['http_proxy', 'HTTP_PROXY', 'https_proxy', 'HTTPS_PROXY'].some((name) => (environment[name] ?? '') !== '')
}

function agentOptions(options: SenderOptions) {
  const { limits } = options
  return {
    allowH2: false,
    connections: options.connections,
    pipelining: 1,
    keepAliveTimeout: 15_000,
    keepAliveMaxTimeout: 60_000,
    maxHeaderSize: limits.maxHeaderBytes,
    connect: { timeout: limits.connectTimeoutMs, ...tlsOptions(options) },
  }
}

function tlsOptions({ tls }: SenderOptions) {
  return {
    rejectUnauthorized: tls?.insecureSkipVerify !== true,
    ...(tls?.ca === undefined ? {} : { ca: Array.isArray(tls.ca) ? [...tls.ca] : (tls.ca as string | Buffer) }),
    ...(tls?.cert === undefined ? {} : { cert: tls.cert }),
    ...(tls?.key === undefined ? {} : { key: tls.key }),
  }
}

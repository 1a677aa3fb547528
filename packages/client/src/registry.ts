/**
 * A remote registry: one pool of connections, one set of tokens, and its repositories.
 * @module
 */
import type { OperationOptions } from '@tsreg/oci/content'
import { routePath } from '@tsreg/oci/distribution'
import { expect, type RegistryMemory, urlOf } from './context.ts'
import type { CredentialSource } from './credentials/credential.ts'
import { dockerCredentials } from './credentials/docker-credentials.ts'
import { findId, type IdMatch } from './ids.ts'
import { names, pageSize } from './names.ts'
import type { Notify } from './notices.ts'
import { RemoteRepository } from './repository.ts'
import { header } from './transport/dispatch.ts'
import { defaultLimits, type Limits } from './transport/limits.ts'
import { defaultRetryPolicy, type RetryPolicy } from './transport/retry.ts'
import type { TlsOptions } from './transport/send.ts'
import { createTransport, type Transport } from './transport/transport.ts'
import { defaultUserAgent } from './version.ts'

export interface RegistryOptions {
  /**
   * Where the credential comes from; `staticCredentials(...)` for one that is known.
   * @default docker's config.json and its helpers
   */
  readonly credentials?: CredentialSource | undefined
  /**
   * Speaks plain HTTP, credentials and redirects included; false: never, not even to loopback.
   * @default http for loopback, unless it turns out to want TLS; https for all others
   */
  readonly plainHttp?: boolean | undefined
  readonly tls?: TlsOptions | undefined
  /**
   * Connections per origin.
   * @default 8
   */
  readonly connections?: number | undefined
  /** @default defaultLimits */
  readonly limits?: Partial<Limits> | undefined
  /** @default defaultRetryPolicy */
  readonly retry?: Partial<RetryPolicy> | undefined
  /**
   * Heeds HTTP_PROXY, HTTPS_PROXY and NO_PROXY, except for loopback.
   * @default true
   */
  readonly proxyFromEnvironment?: boolean | undefined
  /** @default 'tsreg/<version>' */
  readonly userAgent?: string | undefined
  /** Told of retries, resumed downloads, warnings of the registry and credentials that could not be read. */
  readonly onNotice?: Notify | undefined
}

export interface RemoteRegistry extends AsyncDisposable {
  /** As it stands in references, for example `docker.io` or `localhost:5000`. */
  readonly host: string
  /** @throws NAME_INVALID */
  repository(name: string): RemoteRepository
  /** Succeeds when a registry answers and the caller may use it. @throws UNAUTHORIZED, ClientError */
  ping(options?: OperationOptions): Promise<RegistryInfo>
  /** Names of repositories, pages fetched as they are consumed. @throws UNAUTHORIZED, UNSUPPORTED */
  catalog(options?: OperationOptions & { readonly last?: string | undefined }): AsyncIterable<string>
  /** Images by the beginning of their ID or digest, of all repositories that the caller may pull. @throws UNSUPPORTED */
  findId(prefix: string, options?: OperationOptions): Promise<readonly IdMatch[]>
  /** Ends all connections; requests under way fail. */
  close(): Promise<void>
}

export interface RegistryInfo {
  /** `registry/2.0` where the registry says so. */
  readonly apiVersion: string | undefined
  /** What the registry calls itself. */
  readonly server: string | undefined
}

/**
 * Opens nothing yet: the first request makes the first connection.
 * @param host as it stands in references; `docker.io` is served by another host.
 * @throws NAME_INVALID when it is no host; TypeError naming an option that makes no sense.
 */
export function openRegistry(host: string, options: RegistryOptions = {}): RemoteRegistry {
  checkOptions(options)
  const transport = createTransport({
    host,
    credentials: options.credentials ?? dockerCredentials(),
    plainHttp: options.plainHttp,
    tls: options.tls,
    connections: options.connections ?? 8,
    userAgent: options.userAgent ?? defaultUserAgent,
    proxyFromEnvironment: options.proxyFromEnvironment ?? true,
    limits: { ...defaultLimits, ...options.limits },
    retry: { ...defaultRetryPolicy, ...options.retry },
    notify: options.onNotice ?? (() => {}),
  })
  const memory: RegistryMemory = { chunkBytes: undefined }
  return {
    host,
    repository: (name) => new RemoteRepository({ transport, name, registry: memory }),
    ping: (pingOptions) => ping(transport, pingOptions),
    catalog: (catalogOptions) =>
      names(transport, {
        operation: `list the repositories of ${host}`,
        url: urlOf(transport, routePath.catalog(), { n: pageSize, last: catalogOptions?.last }),
        access: [{ type: 'registry', name: 'catalog', actions: ['*'] }],
        unknown: 'UNSUPPORTED',
        field: 'repositories',
        signal: catalogOptions?.signal,
      }),
    findId: (prefix, idOptions) => findId(transport, undefined, prefix, idOptions),
    close: () => transport.close(),
    [Symbol.asyncDispose]: () => transport.close(),
  }
}

async function ping(transport: Transport, options: OperationOptions = {}): Promise<RegistryInfo> {
  const request = {
    operation: `ping ${transport.host}`,
    method: 'GET',
    url: urlOf(transport, routePath.base()),
    access: [],
    signal: options.signal,
  } as const
  const response = await expect(transport.dispatch, request, { statuses: [200], unknown: 'UNSUPPORTED' })
  return { apiVersion: header(response, 'docker-distribution-api-version'), server: header(response, 'server') }
}

function checkOptions({ connections, retry, limits }: RegistryOptions): void {
  const whole = (name: string, value: number | undefined, least: number): void => {
    if (value === undefined || (Number.isSafeInteger(value) && value >= least)) return
    throw new TypeError(`${name} must be a whole number of ${least} or more, got ${value}`)
  }
  whole('connections', connections, 1)
  whole('retry.attempts', retry?.attempts, 1)
  for (const [name, value] of Object.entries(limits ?? {})) whole(`limits.${name}`, value, 0)
}

/**
 * The transport of one registry: all layers, put together.
 * @module
 */
import type { CredentialSource } from '../credentials/credential.ts'
import type { Notify } from '../notices.ts'
import { authenticate } from './auth.ts'
import { compose, type Dispatch } from './dispatch.ts'
import { type Limits, limit } from './limits.ts'
import { registryUrl } from './origin.ts'
import { plainHttp } from './plain-http.ts'
import { redirect } from './redirect.ts'
import { HostBackOff, type RetryPolicy, retry } from './retry.ts'
import { createSender, type TlsOptions } from './send.ts'
import { warnings } from './warnings.ts'

export interface TransportOptions {
  /** As it stands in references. */
  readonly host: string
  readonly credentials: CredentialSource
  /** Absent: http for loopback, https for all others. */
  readonly plainHttp?: boolean | undefined
  readonly tls?: TlsOptions | undefined
  readonly connections: number
  readonly userAgent: string
  readonly proxyFromEnvironment: boolean
  readonly limits: Limits
  readonly retry: RetryPolicy
  readonly notify: Notify
}

export interface Transport {
  /** As it stands in references. */
  readonly host: string
  /** The root of the API. */
  readonly base: URL
  readonly dispatch: Dispatch
  readonly limits: Limits
  readonly retry: RetryPolicy
  readonly notify: Notify
  /** Ends all connections; requests under way fail. */
  close(): Promise<void>
}

/** @throws NAME_INVALID when the host is none. */
export function createTransport(options: TransportOptions): Transport {
  const { host, limits, notify, retry: policy } = options
  const base = registryUrl(host, { plainHttp: options.plainHttp })
  const allowPlainHttp = options.plainHttp === true
  const backOff = new HostBackOff()
  const sender = createSender(options)
  const retrying = retry(policy, backOff, notify)
  const bare = [redirect({ allowPlainHttp }), limit(limits)]
  const dispatch = compose(
    sender.dispatch,
    retrying,
    warnings(base.host, notify),
    plainHttp({
      authority: base.host,
      protocol: base.protocol === 'http:' ? 'http:' : 'https:',
      probe: compose(sender.dispatch, ...bare),
      guessed: options.plainHttp === undefined && base.protocol === 'http:',
    }),
    authenticate({
      host,
      authority: base.host,
      credentials: options.credentials,
      tokenDispatch: compose(sender.dispatch, retrying, ...bare),
      plainHttpAllowed: allowPlainHttp,
      notify,
      now: policy.now,
    }),
    ...bare,
  )
  return { host, base, dispatch, limits, retry: policy, notify, close: sender.close }
}

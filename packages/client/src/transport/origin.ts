/**
 * Which address a registry name stands for, and where secrets may go.
 * @module
 */
import { dockerHub, isRegistryHost, OciError } from '@tsreg/oci'

/** The host that serves the API of docker.io. */
const dockerHubApi = 'registry-1.docker.io'

/**
 * The root of the API, for example `https://ghcr.io/`. Loopback registries are spoken to over http without being told,
 * others never.
 * @throws NAME_INVALID when `host` is not a host with an optional port.
 */
export function registryUrl(host: string, options: { readonly plainHttp?: boolean | undefined } = {}): URL {
  const authority = host === dockerHub || host === 'index.docker.io' ? dockerHubApi : host
  const url = isRegistryHost(authority) ? URL.parse(`https://${authority}/`) : null
  if (url === null) {
    throw new OciError('NAME_INVALID', `not a registry host: ${JSON.stringify(host.slice(0, 300))}`, {
      detail: { host: host.slice(0, 300) },
    })
  }
  if (options.plainHttp ?? isLoopback(url)) url.protocol = 'http:'
  return url
}

/** True for localhost and its subdomains, 127.0.0.0/8 and ::1. */
export function isLoopback(url: URL): boolean {
  const name = url.hostname.toLowerCase()
  return (
    name === 'localhost' ||
    name.endsWith('.localhost') ||
    name === '[::1]' ||
    /^127\.\d{1,3}\.\d{1,3}\.\d{1,3}$/.test(name)
  )
}

/** True where a secret may be sent: over TLS, to this machine, or where plain http was allowed. */
export function mayCarrySecrets(url: URL, plainHttpAllowed: boolean): boolean {
  return url.protocol === 'https:' || isLoopback(url) || plainHttpAllowed
}

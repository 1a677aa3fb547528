/**
 * The keys under which docker keeps credentials, and which registry each of them means.
 * @module
 */
import { dockerHub } from '@tsreg/oci'

const hubKey = 'https://index.docker.io/v1/'
const hubHosts: ReadonlySet<string> = new Set(['docker.io', 'index.docker.io', 'registry-1.docker.io'])

/** The key that docker itself uses: the host, and a historic address for docker.io. */
export function serverKey(host: string): string {
  return hostOf(host) === dockerHub ? hubKey : host
}

/**
 * The registry that a key means: `https://ghcr.io/v1/` is `ghcr.io`. Undefined for `ghcr.io/team`, which podman limits to
 * the repositories below it: it must not serve all of the host.
 */
export function hostOfKey(key: string): string | undefined {
  const match = /^(https?:\/\/)?([^/]+)(\/.*)?$/i.exec(key)
  const [, scheme, authority = '', path = ''] = match ?? []
  if (match === null || (scheme === undefined && !/^(\/|\/v[12]\/?)?$/.test(path))) return undefined
  return hostOf(authority)
}

function hostOf(authority: string): string {
  const host = authority.toLowerCase()
  return hubHosts.has(host) ? dockerHub : host
}

/** The entry for a host: under docker's own key, or under any that means the same. */
export function findKey(keys: readonly string[], host: string): string | undefined {
  const own = serverKey(host)
  return keys.includes(own) ? own : keys.find((key) => hostOfKey(key) === hostOf(host))
}

/** All keys that mean the host. */
export function keysOf(keys: readonly string[], host: string): readonly string[] {
  return keys.filter((key) => key === serverKey(host) || hostOfKey(key) === hostOf(host))
}

/**
 * The address to listen on, and whether it may be used without authentication.
 * @module
 */
import { BlockList, isIPv4, isIPv6 } from 'node:net'
import type { RegistryConfig } from './settings.ts'
import { StartError } from './start-error.ts'

export interface ListenAddress {
  /** Absent: every address of the machine. */
  readonly host?: string
  readonly port: number
}

/** `HOST:PORT`, `[IPv6]:PORT`, `:PORT`. @throws StartError CONFIG_INVALID */
export function parseListenAddress(text: string): ListenAddress {
  const match = /^(?:\[([0-9a-fA-F:.]+)\]|([^\s:[\]/]*)):(\d{1,5})$/.exec(text)
  const port = Number(match?.[3])
  const host = match?.[1] ?? match?.[2] ?? ''
  if (match === null || port > 65_535 || (match[1] !== undefined && !isIPv6(match[1]))) {
    throw new StartError(
      'CONFIG_INVALID',
      `listen: ${JSON.stringify(text)} is no address; write HOST:PORT, [IPv6]:PORT or :PORT, e.g. 127.0.0.1:5000`,
      { setting: 'listen' },
    )
  }
  return host === '' ? { port } : { host, port }
}

/** True when only this machine can reach the address. */
export function isLoopback(address: ListenAddress): boolean {
  const { host } = address
  if (host === undefined) return false
  if (isIPv4(host)) return loopback.check(host, 'ipv4')
  if (isIPv6(host)) return loopback.check(host, 'ipv6')
  return host === 'localhost'
}

/** @throws StartError CONFIG_INVALID when others than this machine could reach a registry that asks nobody for a password. */
export function requireAuthentication(config: RegistryConfig, address: ListenAddress): void {
  if (config.htpasswd !== undefined || config.allowUnauthenticated || isLoopback(address)) return
  throw new StartError(
    'CONFIG_INVALID',
    `refusing to listen on ${config.listen}: without authentication everybody who reaches it can push and delete. ` +
      'Either set htpasswd to a file of users (htpasswd -Bbn USER PASSWORD > FILE), ' +
      'or set allowUnauthenticated when something else guards the address',
    { setting: 'listen' },
  )
}

const loopback = new BlockList()
loopback.addSubnet('127.0.0.0', 8, 'ipv4')
loopback.addAddress('::1', 'ipv6')

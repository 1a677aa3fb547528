/**
 * `/etc/hosts`, `/etc/hostname` and `/etc/resolv.conf` of a container: files of ours, mounted over those of the image.
 * @module
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Network } from './network.ts'

export interface NetworkFileOptions {
  readonly hostname: string
  readonly network: Network
}

/** Writes the files into `directory` and returns where each of them belongs in the container. */
export function writeNetworkFiles(directory: string, options: NetworkFileOptions): Readonly<Record<string, string>> {
  const content: Readonly<Record<string, string>> = {
    hosts: hostsFile(options, options.network === 'host' ? textOf('/etc/hosts') : ''),
    hostname: `${options.hostname}\n`,
    'resolv.conf': options.network === 'host' ? textOf('/etc/resolv.conf') : '',
  }
  const places = Object.entries(content).map(([name, text]) => ({ name, path: join(directory, name), text }))
  for (const { path, text } of places) writeFileSync(path, text)
  return Object.fromEntries(places.map(({ name, path }) => [`/etc/${name}`, path]))
}

/** @param machine the hosts that the machine itself knows; only a container in its network can reach them. */
export function hostsFile({ hostname }: NetworkFileOptions, machine: string): string {
  const loopback = ['127.0.0.1\tlocalhost', '::1\tlocalhost ip6-localhost ip6-loopback']
  const known = machine.trim() === '' ? loopback : [machine.trimEnd()]
  return `${[...known, `127.0.0.1\t${hostname}`].join('\n')}\n`
}

function textOf(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return ''
    throw error
  }
}

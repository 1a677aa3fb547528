/**
 * `/etc/hosts`, `/etc/hostname` and `/etc/resolv.conf` of a container: files of ours, mounted over those of the image.
 * @module
 */
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Network } from './network.ts'

export interface NetworkFileOptions {
  readonly hostname: string
  readonly network: Network
}

/** Writes the files into `directory` and returns where each of them belongs in the container. */
export async function writeNetworkFiles(
  directory: string,
  options: NetworkFileOptions,
): Promise<Readonly<Record<string, string>>> {
  const content: Readonly<Record<string, string>> = {
    hosts: hostsFile(options, options.network === 'host' ? await textOf('/etc/hosts') : ''),
    hostname: `${options.hostname}\n`,
    'resolv.conf': options.network === 'host' ? await textOf('/etc/resolv.conf') : '',
  }
  const places = Object.entries(content).map(([name, text]) => ({ name, path: join(directory, name), text }))
  await Promise.all(places.map(({ path, text }) => writeFile(path, text)))
  return Object.fromEntries(places.map(({ name, path }) => [`/etc/${name}`, path]))
}

/** @param machine the hosts that the machine itself knows; only a container in its network can reach them. */
export function hostsFile({ hostname }: NetworkFileOptions, machine: string): string {
  const loopback = ['127.0.0.1\tlocalhost', '::1\tlocalhost ip6-localhost ip6-loopback']
  const known = machine.trim() === '' ? loopback : [machine.trimEnd()]
  return `${[...known, `127.0.0.1\t${hostname}`].join('\n')}\n`
}

async function textOf(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return ''
    throw error
  }
}

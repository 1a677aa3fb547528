/**
 * How each registry is started: the one under test and the peers the suites can be checked against.
 * @module
 */

import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { repositoryRoot } from './paths.ts'
import { toolPath } from './tools.ts'

/** `tsreg` is this repository's; the others are peers, given by `--peer`. */
export type ServerKind = 'tsreg' | 'docker-registry' | 'distribution' | 'olareg'

export const serverKinds: readonly ServerKind[] = ['tsreg', 'docker-registry', 'distribution', 'olareg']

/** A store that is no directory. */
export interface StorageTarget {
  /** As `tsreg serve --storage` takes it. */
  readonly url: string
  /** What the server needs in its environment to reach it. */
  readonly env: Readonly<Record<string, string>>
}

export interface ServerSettings {
  readonly port: number
  /** Where it keeps everything; made by the caller. With `storage`, only its log lies beside it. */
  readonly directory: string
  /** For tsreg: where it keeps everything instead. */
  readonly storage?: StorageTarget
  /** Path of an htpasswd file with bcrypt lines; absent: anonymous access. */
  readonly htpasswd?: string
  /** Further arguments of `tsreg serve`. */
  readonly args?: readonly string[]
}

/** The command line of a server; peers that are configured by a file get it beside their directory. */
export async function serverCommand(kind: ServerKind, settings: ServerSettings): Promise<readonly string[]> {
  const { port, directory, htpasswd, storage } = settings
  if (storage !== undefined && kind !== 'tsreg')
    throw new TypeError(`--peer ${kind}: only tsreg is run on ${storage.url}`)
  switch (kind) {
    case 'tsreg':
      return [
        join(repositoryRoot, 'tsreg'),
        'serve',
        ...['--listen', `127.0.0.1:${port}`],
        ...['--storage', storage?.url ?? `file:${directory}`],
        ...(htpasswd === undefined ? [] : ['--htpasswd', htpasswd]),
        ...(settings.args ?? []),
      ]
    case 'docker-registry':
      return ['docker-registry', 'serve', await distributionConfig(settings)]
    case 'distribution':
      return [toolPath('registry'), 'serve', await distributionConfig(settings)]
    case 'olareg':
      if (htpasswd !== undefined) throw new TypeError('olareg has no htpasswd: use another --peer with authentication')
      return [
        ...[toolPath('olareg'), 'serve', '--addr', '127.0.0.1', '--port', String(port), '--dir', directory],
        ...['--api-delete', '--api-blob-delete'],
      ]
  }
}

/** The path that answers once the server is ready. */
export function readinessPath(kind: ServerKind): string {
  return kind === 'tsreg' ? '/readyz' : '/v2/'
}

async function distributionConfig({ port, directory, htpasswd }: ServerSettings): Promise<string> {
  const path = `${directory}.yml`
  const config = {
    version: 0.1,
    log: { level: 'warn' },
    storage: { filesystem: { rootdirectory: directory }, delete: { enabled: true } },
    http: { addr: `127.0.0.1:${port}`, secret: 'a-secret-of-the-test' },
    ...(htpasswd === undefined ? {} : { auth: { htpasswd: { realm: 'peer', path: htpasswd } } }),
  }
  // JSON is YAML.
  await writeFile(path, JSON.stringify(config))
  return path
}

/**
 * The settings of the client: environment first, then `config.json` in its home, then defaults.
 *
 * ```
 * TSREG_HOME       where local images and config.json live; default $XDG_DATA_HOME/tsreg, else ~/.local/share/tsreg
 * TSREG_REGISTRY   registry of names that name none; default docker.io
 * config.json      {"registry": "host:port", "plainHttp": ["host:port"], "insecure": ["host:port"]}
 * ```
 * @module
 */
import { readFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { join, resolve } from 'node:path'
import { dockerHub, isRegistryHost } from '@tsreg/oci'
import type { ConfigFile } from './config-file.ts'
import { CliError } from './errors.ts'
import type { Invocation } from './invocation.ts'

export interface ClientConfig {
  /** Absolute path of the directory with everything that the client keeps. */
  readonly home: string
  /** Registry of names that name none. */
  readonly registry: string
  /** Registries spoken to over http although they are not on loopback. */
  readonly plainHttp: readonly string[]
  /** Registries whose TLS certificate is not checked. */
  readonly insecure: readonly string[]
}

/** @throws CliError CONFIG_INVALID naming the file or variable, the setting and what is allowed. */
export async function loadClientConfig({ env }: Pick<Invocation, 'env'>): Promise<ClientConfig> {
  const home = homeOf(env)
  const file = await readConfigFile(join(home, 'config.json'))
  return {
    home,
    registry: registryFrom(env) ?? file.registry ?? dockerHub,
    plainHttp: file.plainHttp ?? [],
    insecure: file.insecure ?? [],
  }
}

function homeOf(env: Invocation['env']): string {
  if (env.TSREG_HOME) return resolve(env.TSREG_HOME)
  return resolve(env.XDG_DATA_HOME || join(env.HOME || homedir(), '.local/share'), 'tsreg')
}

function registryFrom(env: Invocation['env']): string | undefined {
  const text = env.TSREG_REGISTRY
  if (text === undefined || text === '') return undefined
  if (isRegistryHost(text)) return text
  const bare = text.replace(/^https?:\/\//, '').replace(/\/.*$/, '')
  throw new CliError('CONFIG_INVALID', `TSREG_REGISTRY is not a registry host: ${JSON.stringify(text)}`, {
    advice: `Write HOST or HOST:PORT, for example TSREG_REGISTRY=${isRegistryHost(bare) ? bare : 'localhost:5000'}.`,
  })
}

/** What the file says; nothing when there is none, and then its checks are not even loaded. */
async function readConfigFile(path: string): Promise<ConfigFile> {
  let text: string
  try {
    text = readFileSync(path, 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return {}
    throw error
  }
  const { parseConfigFile } = await import('./config-file.ts')
  return parseConfigFile(text, path)
}

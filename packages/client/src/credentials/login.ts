/**
 * Log in and log out: a credential is shown to the registry first and kept, where docker keeps it, only when it was
 * accepted.
 * @module
 */
import type { OperationOptions } from '@tsreg/oci/content'
import { ClientError } from '../errors.ts'
import { openRegistry, type RegistryOptions } from '../registry.ts'
import { entryOf } from './auth-entry.ts'
import { type ConfigDocument, configPath, isRecord, readConfig, writeConfig } from './config-file.ts'
import { staticCredentials } from './credential.ts'
import { type DockerCredentialsOptions, helperOf } from './docker-credentials.ts'
import { eraseWithHelper, storeWithHelper } from './helper.ts'
import { keysOf, serverKey } from './server-key.ts'

export interface LoginOptions extends OperationOptions, DockerCredentialsOptions {
  readonly username: string
  readonly password: string
  /** How the registry is spoken to; its `credentials` are not looked at. */
  readonly registry?: RegistryOptions | undefined
}

export interface LoginResult {
  /** The helper that keeps the secret; undefined: it stands in the file, readable to who can read the file. */
  readonly helper: string | undefined
  readonly path: string
}

/** @throws UNAUTHORIZED when the registry refuses, nothing is kept then; ClientError CREDENTIALS when it cannot be kept. */
export async function login(host: string, options: LoginOptions): Promise<LoginResult> {
  const { username, password, environment, helperTimeoutMs, signal } = options
  if (username === '' || username.includes(':')) {
    throw new ClientError('CREDENTIALS', `not a user name: ${JSON.stringify(username)}; it must hold no colon`, {
      host,
    })
  }
  const credentials = staticCredentials({ kind: 'password', username, password })
  await using registry = openRegistry(host, { ...options.registry, credentials })
  await registry.ping({ signal })
  const path = options.path ?? configPath(environment)
  const document = await readConfig(path)
  const helper = helperOf(document, host)
  if (helper !== undefined) {
    const helperOptions = { signal, environment, timeoutMs: helperTimeoutMs }
    await storeWithHelper(helper, serverKey(host), { username, password }, helperOptions)
  }
  // Docker, too, leaves an empty entry in the file for what a helper keeps.
  await writeConfig(path, withEntry(document, host, helper === undefined ? entryOf(username, password) : {}))
  return { helper, path }
}

/** False when there was nothing to forget. @throws ClientError CREDENTIALS */
export async function logout(
  host: string,
  options: OperationOptions & DockerCredentialsOptions = {},
): Promise<boolean> {
  const { environment, helperTimeoutMs, signal } = options
  const path = options.path ?? configPath(environment)
  const document = await readConfig(path)
  const helper = helperOf(document, host)
  const kept = keysOf(Object.keys(authsOf(document)), host)
  if (helper !== undefined) {
    await eraseWithHelper(helper, serverKey(host), { signal, environment, timeoutMs: helperTimeoutMs })
  }
  if (kept.length > 0) await writeConfig(path, withEntry(document, host, undefined))
  return kept.length > 0 || helper !== undefined
}

/** The document with this entry for the host in place of all others that mean it. */
function withEntry(document: ConfigDocument, host: string, entry: object | undefined): ConfigDocument {
  const auths = authsOf(document)
  const replaced = new Set(keysOf(Object.keys(auths), host))
  const others = Object.entries(auths).filter(([key]) => !replaced.has(key))
  const own = entry === undefined ? [] : [[serverKey(host), entry] as const]
  return { ...document, auths: Object.fromEntries([...others, ...own]) }
}

function authsOf(document: ConfigDocument): Readonly<Record<string, unknown>> {
  return isRecord(document.auths) ? document.auths : {}
}

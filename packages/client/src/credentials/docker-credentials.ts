/**
 * Looks a credential up where docker keeps it: the helper of the host, the general helper, the file itself. A helper
 * that fails does not hide what comes after it.
 * @module
 */
import { credentialOf } from './auth-entry.ts'
import { type ConfigDocument, configPath, isRecord, parseConfig, readConfig } from './config-file.ts'
import type { Credential, CredentialSource } from './credential.ts'
import { getFromHelper, type HelperOptions } from './helper.ts'
import { findKey, serverKey } from './server-key.ts'

export interface DockerCredentialsOptions {
  /** @default `$DOCKER_CONFIG/config.json`, or `~/.docker/config.json` */
  readonly path?: string | undefined
  /** @default process.env */
  readonly environment?: NodeJS.ProcessEnv | undefined
  /** @default 30000 */
  readonly helperTimeoutMs?: number | undefined
}

/** `DOCKER_AUTH_CONFIG` (the document itself) goes before the file, as in docker. */
export function dockerCredentials(options: DockerCredentialsOptions = {}): CredentialSource {
  const { environment = process.env } = options
  return async (host, { signal } = {}) => {
    const helperOptions = { signal, environment, timeoutMs: options.helperTimeoutMs }
    const failures: unknown[] = []
    const lookUps = [
      async () => fromAuths(parseConfig(environment.DOCKER_AUTH_CONFIG ?? '', 'DOCKER_AUTH_CONFIG'), host),
      async () => fromFile(await readConfig(options.path ?? configPath(environment)), host, helperOptions),
    ]
    for (const lookUp of lookUps) {
      const credential = await lookUp().catch((error: unknown) => {
        signal?.throwIfAborted()
        failures.push(error)
        return undefined
      })
      if (credential !== undefined) return credential
    }
    if (failures.length > 0) throw failures[0]
    return undefined
  }
}

/** The helper that keeps the secret of the host: its own, or the general one. */
export function helperOf(document: ConfigDocument, host: string): string | undefined {
  return helpersOf(document, host)[0]
}

function helpersOf(document: ConfigDocument, host: string): readonly string[] {
  const helpers = isRecord(document.credHelpers) ? document.credHelpers : {}
  const key = findKey(Object.keys(helpers), host)
  const names = [key === undefined ? undefined : helpers[key], document.credsStore]
  return names.filter((name): name is string => typeof name === 'string' && name !== '')
}

async function fromFile(
  document: ConfigDocument,
  host: string,
  options: HelperOptions,
): Promise<Credential | undefined> {
  const failures: unknown[] = []
  for (const helper of new Set(helpersOf(document, host))) {
    const credential = await getFromHelper(helper, serverKey(host), options).catch((error: unknown) => {
      options.signal?.throwIfAborted()
      failures.push(error)
      return undefined
    })
    if (credential !== undefined) return credential
  }
  const credential = fromAuths(document, host)
  if (credential === undefined && failures.length > 0) throw failures[0]
  return credential
}

function fromAuths(document: ConfigDocument, host: string): Credential | undefined {
  const auths = isRecord(document.auths) ? document.auths : {}
  const key = findKey(Object.keys(auths), host)
  return key === undefined ? undefined : credentialOf(auths[key], key)
}

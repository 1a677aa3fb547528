/**
 * The configuration of a registry as its verbs get it: from a file, the environment and the flags that were typed.
 * @module
 */
import { readFile } from 'node:fs/promises'
import { isOciError } from '@tsreg/oci'
import type { RegistryConfig } from '@tsreg/registry/config'
import { CliError } from './errors.ts'
import type { Invocation } from './invocation.ts'

/** `TSREG_` variables that mean something to the client. */
const clientVariables = ['TSREG_REGISTRY', 'TSREG_HOME', 'TSREG_CONFIG']

/** @throws CliError CONFIG_INVALID, StartError CONFIG_INVALID */
export async function loadRegistryConfig(
  { env }: Invocation,
  configFile: string | undefined,
  flags: Readonly<Record<string, unknown>>,
): Promise<RegistryConfig> {
  const { loadConfig } = await import('@tsreg/registry/config')
  const name = configFile ?? env.TSREG_CONFIG
  const file = name === undefined ? {} : { file: { name, content: await readConfig(name) } }
  return loadConfig({ ...file, env, flags, foreignEnv: clientVariables })
}

async function readConfig(file: string): Promise<unknown> {
  const text = await readFile(file, 'utf8')
  try {
    return JSON.parse(text)
  } catch (cause) {
    throw new CliError('CONFIG_INVALID', `${file} is not JSON: ${(cause as Error).message}`, { cause })
  }
}

/** When a store is opened it is the storage that has an error of the specification, and there it means something else. */
export function storageFailure(error: unknown): unknown {
  if (!isOciError(error)) return error
  const isTaken = error.detail?.reason === 'in-use' || error.detail?.reason === 'no-socket'
  const detail = error.detail === undefined ? {} : { detail: error.detail }
  return new CliError(isTaken ? 'IN_USE' : 'STORAGE_UNUSABLE', error.message, { cause: error, ...detail })
}

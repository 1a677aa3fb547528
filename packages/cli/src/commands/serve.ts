/**
 * `tsreg serve`
 * @module
 */
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { isOciError, type OciError } from '@tsreg/oci'
import type { Command } from 'commander'
import { CliError } from '../errors.ts'
import { type Invocation, print } from '../invocation.ts'
import { addServeFlags, typedFlags } from '../serve-flags.ts'
import { verb } from '../verb.ts'

export function serve(invocation: Invocation): Command {
  const command = verb('serve', 'Start a registry; every setting is also TSREG_... in the environment', [
    ['tsreg serve', 'On 127.0.0.1:5000, with everything under ./data'],
    ['tsreg serve --storage file:/var/lib/tsreg --listen :5000 --htpasswd users', 'For others, with passwords'],
    ['tsreg serve --listen 127.0.0.1:0 --storage memory:', 'On any free port, forgetting everything at the end'],
  ])
  command.option('--config <file>', 'JSON file with settings; flags and the environment win over it')
  return addServeFlags(command).action((flags: { readonly config?: string }) =>
    serveUntilStopped(invocation, flags.config ?? invocation.env.TSREG_CONFIG, typedFlags(command)),
  )
}

/** Resolves after the drain that a signal asked for. */
async function serveUntilStopped(
  invocation: Invocation,
  configFile: string | undefined,
  flags: Readonly<Record<string, unknown>>,
): Promise<void> {
  const { env, signal, stdout } = invocation
  const { loadConfig, startRegistry } = await import('@tsreg/registry')
  const file = configFile === undefined ? undefined : { name: configFile, content: await readConfig(configFile) }
  const config = loadConfig({ ...(file === undefined ? {} : { file }), env, flags, foreignEnv: clientVariables })
  const registry = await startRegistry(config).catch((error: unknown) => {
    throw isOciError(error) ? storageError(error) : error
  })
  if (stdout.isTTY === true || env.npm_lifecycle_event === 'start') {
    await print(stdout, whatToTypeNext(registry.url, config))
  }
  if (!signal.aborted) await once(signal, 'abort')
  await registry.close()
}

/** At the start it is the storage that has an error of the specification, and there it means something else. */
function storageError(error: OciError): CliError {
  const code = error.detail?.reason === 'in-use' ? 'IN_USE' : 'STORAGE_UNUSABLE'
  return new CliError(code, error.message, { cause: error, ...(error.detail ? { detail: error.detail } : {}) })
}

const clientVariables = ['TSREG_REGISTRY', 'TSREG_HOME', 'TSREG_CONFIG']

async function readConfig(file: string): Promise<unknown> {
  const text = await readFile(file, 'utf8')
  try {
    return JSON.parse(text)
  } catch (cause) {
    throw new CliError('CONFIG_INVALID', `${file} is not JSON: ${(cause as Error).message}`, { cause })
  }
}

interface Announced {
  readonly storage: string
  readonly htpasswd?: string | undefined
}

/** The lines that make the first push and pull, as they can be pasted into another terminal of this directory. */
export function whatToTypeNext(url: string, { storage, htpasswd }: Announced): string {
  const authority = url.replace(/^https?:\/\//, '')
  const host = authority.replace(/^(?:127\.0\.0\.1|0\.0\.0\.0|\[::\])(?=:)/, 'localhost')
  const login = htpasswd === undefined ? [] : [`  ./tsreg login ${host}`]
  return [
    '',
    `tsreg serves ${url}, keeping everything in ${storage}. Ctrl-C stops it.`,
    '',
    'Type next, in another terminal:',
    '',
    `  export TSREG_REGISTRY=${host}`,
    ...login,
    '  ./tsreg push oci:docs/tour/image:centos5 centos:centos5   # a small image of this checkout; or your own',
    '  ./tsreg pull centos:centos5                               # means this registry',
    '  ./tsreg images',
    '',
    '',
  ].join('\n')
}

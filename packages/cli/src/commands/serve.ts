/**
 * `tsreg serve`
 * @module
 */
import { once } from 'node:events'
import type { Command } from 'commander'
import { type Invocation, print } from '../invocation.ts'
import { loadRegistryConfig, storageFailure } from '../registry-config.ts'
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
    serveUntilStopped(invocation, flags.config, typedFlags(command)),
  )
}

/** Resolves after the drain that a signal asked for. */
async function serveUntilStopped(
  invocation: Invocation,
  configFile: string | undefined,
  flags: Readonly<Record<string, unknown>>,
): Promise<void> {
  const { env, signal, stdout } = invocation
  const { startRegistry } = await import('@tsreg/registry')
  const config = await loadRegistryConfig(invocation, configFile, flags)
  const registry = await startRegistry(config).catch((error: unknown) => {
    throw storageFailure(error)
  })
  if (stdout.isTTY === true || env.npm_lifecycle_event === 'start') {
    await print(stdout, whatToTypeNext(registry.url, config))
  }
  if (!signal.aborted) await once(signal, 'abort')
  await registry.close()
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

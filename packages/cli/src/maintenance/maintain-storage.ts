/**
 * Runs maintenance on the storage that the flags name, and shows how far it is.
 * @module
 */
import type { MaintenanceEvent, MaintenanceRequest, MaintenanceResult } from '@tsreg/registry/maintenance'
import { CliError } from '../errors.ts'
import type { Invocation } from '../invocation.ts'
import { createProgress, type Progress, settle } from '../output/progress.ts'
import { loadRegistryConfig, storageFailure } from '../registry-config.ts'
import type { JsonFlag, QuietFlag, StorageFlags } from '../verb.ts'

export type MaintenanceFlags = JsonFlag & QuietFlag & StorageFlags

/** A request without what the protocol adds. */
type Asked = MaintenanceRequest extends infer R ? (R extends unknown ? Omit<R, 'protocol'> : never) : never

/**
 * @param tell told of everything but progress, in order
 * @throws what `maintain` throws, in the words of the command
 */
export async function maintainStorage(
  invocation: Invocation,
  flags: MaintenanceFlags,
  asked: Asked,
  tell: (event: Exclude<MaintenanceEvent, { readonly progress: unknown }>, progress: Progress) => void | Promise<void>,
): Promise<MaintenanceResult> {
  const { stderr, signal, env } = invocation
  const { maintain, protocolVersion } = await import('@tsreg/registry/maintenance')
  const config = await loadRegistryConfig(invocation, flags.config, { storage: flags.storage })
  const progress = createProgress(stderr, { quiet: flags.quiet === true || flags.json === true, env })
  const request = { protocol: protocolVersion, ...asked } as MaintenanceRequest
  return await settle(progress, () =>
    maintain(config, request, {
      signal,
      onEvent: (event) => ('progress' in event ? show(event.progress) : tell(event, progress)),
      onWarning: (error, what) => progress.line(`Warning: ${what}: ${(error as Error).message}`),
      onHandOver: (directory) => progress.line(`The registry that owns ${directory} does the work`),
    }).catch((error: unknown) => {
      throw storageFailure(error)
    }),
  )

  function show({ phase, done, total }: Extract<MaintenanceEvent, { readonly progress: unknown }>['progress']): void {
    // Elsewhere than on a terminal a line per phase is enough.
    if (stderr.isTTY !== true) progress.row(phase, 'begun')
    else progress.row(phase, total === undefined ? String(done) : `${done} of ${total}`)
  }
}

/** A length of time as typed, in milliseconds; undefined when the flag was not. @throws CliError USAGE */
export async function durationFlag(text: string | undefined, flag: string): Promise<number | undefined> {
  if (text === undefined) return undefined
  const { parseDuration } = await import('@tsreg/registry/maintenance')
  const ms = parseDuration(text)
  if (ms !== undefined) return ms
  throw new CliError('USAGE', `${flag}: ${JSON.stringify(text.slice(0, 100))} is not a length of time`, {
    advice: 'Write for example 30d, 12h, 1d12h or 0.',
  })
}

/** How many of what is told one by one a JSON document holds. */
export const listedInJson = 10_000

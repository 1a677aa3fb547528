/**
 * The flags of `tsreg build`, understood.
 * @module
 */
import type { BuildOptions } from '@tsreg/builder'
import { parsePlatform } from '@tsreg/oci'
import { CliError } from '../errors.ts'
import type { Invocation } from '../invocation.ts'
import type { JsonFlag, PlatformFlag, QuietFlag, RemoteFlags } from '../verb.ts'
import type { BuildStyle } from './build-lines.ts'

export interface BuildFlags extends JsonFlag, QuietFlag, PlatformFlag, RemoteFlags {
  readonly tag: readonly string[]
  readonly file?: string
  readonly buildArg: readonly string[]
  readonly label: readonly string[]
  readonly target?: string
  readonly cache: boolean
  readonly pull?: boolean
  readonly push?: boolean
  readonly iidfile?: string
  readonly progress: 'auto' | BuildStyle
  readonly explain?: boolean
  readonly network?: string
}

/** What of the flags a build takes. @throws CliError USAGE, CONFIG_INVALID */
export function buildOptions(flags: BuildFlags, { env, signal }: Pick<Invocation, 'env' | 'signal'>): BuildOptions {
  return {
    signal,
    target: flags.target,
    buildArgs: argsOf(flags.buildArg, env),
    labels: labelsOf(flags.label),
    usesCache: flags.cache,
    explains: flags.explain === true,
    platform: flags.platform === undefined ? undefined : parsePlatform(flags.platform),
    network: networkOf(flags.network),
    sourceDateEpoch: epochOf(env.SOURCE_DATE_EPOCH),
  }
}

/** `NAME=value`; a name alone takes the value of the environment, and is left out where that has none. */
function argsOf(texts: readonly string[], env: Invocation['env']): ReadonlyMap<string, string> {
  const args = new Map<string, string>()
  for (const text of texts) {
    const [name, value] = split(text)
    if (name === '') throw new CliError('USAGE', `--build-arg ${JSON.stringify(text)} has no name`)
    const found = value ?? env[name]
    if (found !== undefined) args.set(name, found)
  }
  return args
}

function labelsOf(texts: readonly string[]): ReadonlyMap<string, string> {
  return new Map(
    texts.map((text) => {
      const [name, value = ''] = split(text)
      if (name === '' || /\s/.test(name)) {
        throw new CliError('USAGE', `--label ${JSON.stringify(text)}: a label is NAME=VALUE, its name without blanks`)
      }
      return [name, value]
    }),
  )
}

function split(text: string): readonly [name: string, value: string | undefined] {
  const equals = text.indexOf('=')
  return equals < 0 ? [text, undefined] : [text.slice(0, equals), text.slice(equals + 1)]
}

function networkOf(text: string | undefined): 'host' | 'none' {
  if (text === undefined || text === 'host' || text === 'default') return 'host'
  if (text === 'none') return 'none'
  throw new CliError('USAGE', `--network ${JSON.stringify(text)} is not there: there are host and none`)
}

function epochOf(text: string | undefined): number | undefined {
  if (text === undefined || text === '') return undefined
  if (/^\d{1,12}$/.test(text)) return Number(text)
  throw new CliError('CONFIG_INVALID', `SOURCE_DATE_EPOCH is not a number of seconds: ${JSON.stringify(text)}`)
}

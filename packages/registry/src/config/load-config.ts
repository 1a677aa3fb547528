/**
 * Puts the configuration together: flags win over the environment, the environment over the file, the file over the
 * defaults. A setting that does not exist is an error that names the nearest one that does.
 * @module
 */
import type * as z from 'zod'
import { nearestName } from './nearest-name.ts'
import {
  environmentName,
  flagName,
  type RegistryConfig,
  type SettingName,
  settingNames,
  settingsSchema,
} from './settings.ts'
import { StartError } from './start-error.ts'

export interface ConfigSources {
  /** A parsed configuration file: its name for messages, and what it holds. */
  readonly file?: { readonly name: string; readonly content: unknown }
  /** Usually `process.env`; only names that begin with `TSREG_` are looked at. */
  readonly env?: Readonly<Record<string, string | undefined>>
  /** Flags by setting name (`maxPageSize`); undefined ones are passed over. */
  readonly flags?: Readonly<Record<string, unknown>>
  /**
   * `TSREG_` variables that mean something to others than the registry.
   * @default TSREG_REGISTRY, TSREG_HOME, TSREG_CONFIG
   */
  readonly foreignEnv?: readonly string[]
}

interface Given {
  readonly value: unknown
  /** How the user wrote it, for messages: `TSREG_LISTEN`, `--listen`, `"listen" in tsreg.yaml`. */
  readonly origin: string
}

/** @throws StartError CONFIG_INVALID, naming the setting, where it was given, its value and what is allowed. */
export function loadConfig(sources: ConfigSources = {}): RegistryConfig {
  const given = new Map<SettingName, Given>()
  if (sources.file !== undefined) readFile(sources.file, given)
  if (sources.env !== undefined) readEnvironment(sources.env, sources.foreignEnv, given)
  if (sources.flags !== undefined) readFlags(sources.flags, given)
  const values = Object.fromEntries([...given].map(([name, { value }]) => [name, value]))
  return checkSettings(values, (setting) => given.get(setting as SettingName)?.origin ?? setting)
}

/** Checks settings and fills in the defaults. @throws StartError CONFIG_INVALID */
export function checkSettings(values: unknown, originOf = (setting: string): string => setting): RegistryConfig {
  const result = settingsSchema.safeParse(values)
  if (!result.success) throw invalid(result.error.issues[0], originOf)
  const config = result.data
  if ((config.tlsCert === undefined) !== (config.tlsKey === undefined)) {
    const [present, absent] = config.tlsCert === undefined ? ['tlsKey', 'tlsCert'] : ['tlsCert', 'tlsKey']
    throw new StartError('CONFIG_INVALID', `${originOf(present)} is set without ${absent}; TLS needs both`, {
      setting: absent,
    })
  }
  if (config.anonymousPull && config.htpasswd === undefined) {
    throw new StartError(
      'CONFIG_INVALID',
      `${originOf('anonymousPull')} is set without htpasswd; without users everybody may do everything already`,
      { setting: 'anonymousPull' },
    )
  }
  return config
}

function readFile(file: NonNullable<ConfigSources['file']>, given: Map<SettingName, Given>): void {
  const { content, name } = file
  if (content === null || content === undefined) return
  if (typeof content !== 'object' || Array.isArray(content)) {
    throw new StartError('CONFIG_INVALID', `${name} must hold a mapping of settings, found ${typeof content}`)
  }
  for (const [setting, value] of Object.entries(content)) {
    known(setting, settingNames, (nearest) => [`unknown setting "${setting}" in ${name}`, nearest])
    given.set(setting as SettingName, { value, origin: `"${setting}" in ${name}` })
  }
}

function readEnvironment(
  env: Readonly<Record<string, string | undefined>>,
  foreign: readonly string[] = ['TSREG_REGISTRY', 'TSREG_HOME', 'TSREG_CONFIG'],
  given: Map<SettingName, Given>,
): void {
  const byVariable = new Map(settingNames.map((setting) => [environmentName(setting), setting]))
  for (const [variable, text] of Object.entries(env)) {
    if (text === undefined || !variable.startsWith('TSREG_') || foreign.includes(variable)) continue
    const setting = byVariable.get(variable)
    if (setting === undefined) {
      known(variable, byVariable.keys(), (nearest) => [`unknown setting ${variable} in the environment`, nearest])
    } else given.set(setting, { value: fromText(setting, text), origin: variable })
  }
}

function readFlags(flags: Readonly<Record<string, unknown>>, given: Map<SettingName, Given>): void {
  for (const [setting, value] of Object.entries(flags)) {
    if (value === undefined) continue
    known(setting, settingNames, (nearest) => [
      `unknown flag ${flagName(setting)}`,
      nearest === undefined ? undefined : flagName(nearest),
    ])
    const name = setting as SettingName
    given.set(name, { value: typeof value === 'string' ? fromText(name, value) : value, origin: flagName(setting) })
  }
}

function known(
  name: string,
  names: Iterable<string>,
  message: (nearest: string | undefined) => readonly [string, string | undefined],
): void {
  const all = [...names]
  if (all.includes(name)) return
  const [text, nearest] = message(nearestName(name, all))
  const advice = nearest === undefined ? `known are ${all.join(', ')}` : `did you mean ${nearest}?`
  throw new StartError('CONFIG_INVALID', `${text}; ${advice}`, { setting: name })
}

const defaults = settingsSchema.parse({})
const words: Readonly<Record<string, boolean>> = { true: true, false: false, yes: true, no: false, 1: true, 0: false }

/** Text becomes what the setting's default is; what does not fit stays text, so that the check names it. */
function fromText(setting: SettingName, text: string): unknown {
  const kind = typeof defaults[setting]
  if (kind === 'boolean') return words[text.trim().toLowerCase()] ?? text
  // A setting without a default is a number when it does not take the text.
  const isNumber = kind === 'number' || (kind === 'undefined' && !settingsSchema.shape[setting].safeParse(text).success)
  if (isNumber && /^-?\d+(?:\.\d+)?$/.test(text.trim())) return Number(text)
  return text
}

function invalid(issue: z.core.$ZodIssue | undefined, originOf: (setting: string) => string): StartError {
  if (issue?.code === 'unrecognized_keys') {
    const setting = issue.keys[0] ?? ''
    const nearest = nearestName(setting, settingNames)
    const advice = nearest === undefined ? '' : `; did you mean ${nearest}?`
    return new StartError('CONFIG_INVALID', `unknown setting "${setting}"${advice}`, { setting })
  }
  const setting = String(issue?.path[0] ?? '')
  return new StartError('CONFIG_INVALID', `${originOf(setting)}: ${issue?.message ?? 'invalid'}`, { setting })
}

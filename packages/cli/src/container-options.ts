/**
 * The values that `run` and `create` take in their options, as docker reads them.
 * @module
 */
import { readFileSync } from 'node:fs'
import { isAbsolute, resolve } from 'node:path'
import type { ContainerMount, Network } from '@tsreg/runtime'
import { CliError } from './errors.ts'

/** `512m` and the like, in bytes: units of 1024, `b`, `k`, `m`, `g`. @throws CliError USAGE */
export function parseBytes(text: string, flag: string): number {
  const [, digits = '', unit = 'b'] = /^(\d+(?:\.\d+)?)\s*([bkmgt])?(?:i?b)?$/i.exec(text) ?? []
  const power = 'bkmgt'.indexOf(unit.toLowerCase())
  const bytes = Math.floor(Number(digits) * 1024 ** power)
  if (digits === '' || !Number.isSafeInteger(bytes)) {
    throw new CliError('USAGE', `invalid argument ${JSON.stringify(text)} for ${flag}: invalid size`, {
      advice: 'Write a number of bytes, or one with a unit, for example 512m.',
    })
  }
  return bytes
}

/** @throws CliError USAGE below what a process can start with, as docker says it */
export function parseMemory(text: string): number {
  const bytes = parseBytes(text, '--memory')
  const minimum = 6 * 1024 * 1024
  if (bytes < minimum) throw new CliError('USAGE', 'Minimum memory limit allowed is 6MB')
  return bytes
}

/** @throws CliError USAGE */
export function parseCpus(text: string): number {
  const cpus = Number(text)
  if (/^\d*\.?\d+$/.test(text) && cpus >= 0.01) return cpus
  throw new CliError('USAGE', `invalid argument ${JSON.stringify(text)} for --cpus: at least 0.01 of a processor`)
}

/** Undefined for `-1` and `0`: no limit. @throws CliError USAGE */
export function parsePidsLimit(text: string): number | undefined {
  if (!/^-?\d+$/.test(text)) throw new CliError('USAGE', `invalid argument ${JSON.stringify(text)} for --pids-limit`)
  const limit = Number(text)
  return limit > 0 ? limit : undefined
}

/** @throws CliError USAGE for the networks of docker that there are not */
export function parseNetwork(text: string): Network {
  if (text === 'host' || text === 'none') return text
  throw new CliError('USAGE', `there is no network ${JSON.stringify(text)}`, {
    advice: 'Networks are host, which is the default, and none. Bridges and networks of their own are not built.',
  })
}

/**
 * `--volume HOST:CONTAINER[:ro]`, or only `CONTAINER` for an anonymous volume. A directory of this machine that is not there
 * is made when the container starts.
 * @throws CliError USAGE
 */
export function parseVolume(text: string): ContainerMount {
  const parts = text.split(':')
  if (parts.length > 3 || parts.some((part) => part === '')) throw invalidVolume(text, 'invalid volume specification')
  const [source, destination, mode = ''] = parts.length === 1 ? [undefined, ...parts] : parts
  checkDestination(destination, text)
  const words = mode.split(',').filter(Boolean)
  const unknown = words.find((word) => !volumeModes.includes(word))
  if (unknown !== undefined) throw invalidVolume(text, `invalid mode: ${unknown}`)
  const readOnly = words.includes('ro')
  const options = words.filter((word) => word.endsWith('private') || word.endsWith('slave') || word.endsWith('shared'))
  if (source === undefined) return { kind: 'volume', source: '', destination, readOnly, options }
  if (!isAbsolute(source)) {
    throw new CliError('USAGE', `named volumes are not built: ${JSON.stringify(text)}`, {
      advice: `Name a directory of this machine, for example ${resolve(source)}:${destination}.`,
    })
  }
  return { kind: 'bind', source, destination, readOnly, options }
}

const volumeModes = ['ro', 'rw', 'z', 'Z', 'private', 'rprivate', 'slave', 'rslave', 'shared', 'rshared', 'nocopy']

/** `--tmpfs CONTAINER[:OPTIONS]`. @throws CliError USAGE */
export function parseTmpfs(text: string): ContainerMount {
  const at = text.indexOf(':')
  const destination = at < 0 ? text : text.slice(0, at)
  checkDestination(destination, text)
  const options =
    at < 0
      ? []
      : text
          .slice(at + 1)
          .split(',')
          .filter(Boolean)
  const readOnly = options.includes('ro')
  return { kind: 'tmpfs', source: '', destination, readOnly, options: options.filter((option) => option !== 'ro') }
}

function checkDestination(destination: string | undefined, text: string): asserts destination is string {
  if (destination === undefined || !destination.startsWith('/')) {
    throw invalidVolume(text, `invalid mount path: '${destination ?? ''}' mount path must be absolute`)
  }
  if (resolve(destination) === '/') throw invalidVolume(text, "invalid specification: destination can't be '/'")
}

function invalidVolume(text: string, reason: string): CliError {
  return new CliError('USAGE', `invalid volume specification: ${JSON.stringify(text)}: ${reason}`, {
    advice: 'Write HOST-PATH:CONTAINER-PATH[:ro], both absolute.',
  })
}

/**
 * `--env NAME=value`, or `NAME` for the value that it has here; nothing when it has none.
 * @throws CliError USAGE without a name
 */
export function parseEnv(text: string, environment: Readonly<Record<string, string | undefined>>): readonly string[] {
  const at = text.indexOf('=')
  if (text === '' || at === 0) throw new CliError('USAGE', `invalid environment variable: ${JSON.stringify(text)}`)
  if (at > 0) return [text]
  const value = environment[text]
  return value === undefined ? [] : [`${text}=${value}`]
}

/** A line each of `--env-file`; empty lines and those that begin with # count for nothing. @throws CliError USAGE */
export function readEnvFile(
  path: string,
  environment: Readonly<Record<string, string | undefined>>,
): readonly string[] {
  const lines = readFileSync(path, 'utf8')
    .replace(/^\uFEFF/, '')
    .split(/\r?\n/)
    .map((line) => line.trimStart())
  return lines
    .filter((line) => line !== '' && !line.startsWith('#'))
    .flatMap((line) => {
      const name = line.split('=')[0] ?? ''
      if (/\s/.test(name)) {
        throw new CliError('USAGE', `invalid env file (${path}): variable '${name}' contains whitespaces`)
      }
      return parseEnv(line, environment)
    })
}

/** `--label NAME[=value]` */
export function parseLabels(texts: readonly string[]): Readonly<Record<string, string>> {
  return Object.fromEntries(
    texts.map((text) => {
      const at = text.indexOf('=')
      return at < 0 ? [text, ''] : [text.slice(0, at), text.slice(at + 1)]
    }),
  )
}

/** A working directory. @throws CliError USAGE as docker says it */
export function parseWorkdir(text: string): string {
  if (text.startsWith('/')) return text
  throw new CliError('USAGE', `the working directory '${text}' is invalid, it needs to be an absolute path`)
}

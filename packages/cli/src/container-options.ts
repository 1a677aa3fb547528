/**
 * The values that `run` and `create` take in their options, as docker reads them.
 * @module
 */
import { readFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { isAbsolute, posix, resolve } from 'node:path'
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

/** Undefined for `0`: no limit. @throws CliError USAGE below what a process can start with, as docker says it */
export function parseMemory(text: string): number | undefined {
  const bytes = parseBytes(text, '--memory')
  if (bytes === 0) return undefined
  const minimum = 6 * 1024 * 1024
  if (bytes < minimum) throw new CliError('USAGE', 'Minimum memory limit allowed is 6MB')
  return bytes
}

/**
 * Undefined for `0`: no limit.
 * @param available processors of this machine
 * @throws CliError USAGE for more than there are, as docker does
 */
export function parseCpus(text: string, available = availableParallelism()): number | undefined {
  const cpus = Number(text)
  if (!/^\d*\.?\d+$/.test(text)) {
    throw new CliError('USAGE', `invalid argument ${JSON.stringify(text)} for --cpus: it is not a number of processors`)
  }
  if (cpus === 0) return undefined
  if (cpus >= 0.01 && cpus <= available) return cpus
  throw new CliError(
    'USAGE',
    `Range of CPUs is from 0.01 to ${available.toFixed(2)}, as there are only ${available} CPUs available`,
  )
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
  const [source, place, mode = ''] = parts.length === 1 ? [undefined, ...parts] : parts
  const destination = destinationOf(place, text)
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
  const destination = destinationOf(at < 0 ? text : text.slice(0, at), text)
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

/** Without `.`, `..` and a slash at the end, so that two of the same place are seen to be. */
function destinationOf(place: string | undefined, text: string): string {
  if (place === undefined || !place.startsWith('/')) {
    throw invalidVolume(text, `invalid mount path: '${place ?? ''}' mount path must be absolute`)
  }
  const destination = posix.resolve(place)
  if (destination === '/') throw invalidVolume(text, "invalid specification: destination can't be '/'")
  return destination
}

/** @throws CliError USAGE for two mounts at one place, as docker says it */
export function checkMounts(mounts: readonly ContainerMount[]): readonly ContainerMount[] {
  const taken = new Set<string>()
  for (const { destination } of mounts) {
    if (taken.has(destination)) throw new CliError('USAGE', `Duplicate mount point: ${destination}`)
    taken.add(destination)
  }
  return mounts
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

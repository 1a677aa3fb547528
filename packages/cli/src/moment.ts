/**
 * Points in time as docker's `--since` and `--until` take them.
 * @module
 */
import { CliError } from './errors.ts'

const unitNanoseconds: Readonly<Record<string, number>> = {
  ns: 1,
  us: 1e3,
  µs: 1e3,
  ms: 1e6,
  s: 1e9,
  m: 60e9,
  h: 3600e9,
}

/**
 * A date or time (`2026-11-25`, `2026-11-25T15:05:34.5Z`; without a zone that of this machine), seconds since 1970, or how
 * long ago (`10m`, `1h30m`).
 * @returns in UTC with nine digits of the second, `2026-11-25T15:05:34.500000000Z`
 * @throws CliError USAGE
 */
export function parseMoment(text: string, flag: string, nowMs: number): string {
  const moment = fromSeconds(text) ?? fromDuration(text, nowMs) ?? fromDate(text)
  if (moment !== undefined) return moment
  throw new CliError('USAGE', `invalid argument ${JSON.stringify(text)} for ${flag}`, {
    advice: 'Write for example 10m, 2026-11-25T15:05:34Z, or seconds since 1970.',
  })
}

function fromSeconds(text: string): string | undefined {
  const [, seconds, fraction = ''] = /^(\d{1,11})(?:\.(\d{1,9}))?$/.exec(text) ?? []
  return seconds === undefined ? undefined : momentOf(Number(seconds) * 1000, fraction)
}

function fromDuration(text: string, nowMs: number): string | undefined {
  if (!/^(?:\d+(?:\.\d+)?(?:ns|us|µs|ms|s|m|h))+$/.test(text)) return undefined
  let nanoseconds = 0
  for (const [, count = '', unit = ''] of text.matchAll(/(\d+(?:\.\d+)?)(ns|us|µs|ms|s|m|h)/g)) {
    nanoseconds += Number(count) * (unitNanoseconds[unit] ?? 0)
  }
  const thenMs = Math.max(0, Math.floor(nowMs - nanoseconds / 1e6))
  return momentOf(thenMs, String(thenMs % 1000).padStart(3, '0'))
}

function fromDate(text: string): string | undefined {
  const [, date, time = '00:00:00', fraction = '', zone = ''] =
    /^(\d{4}-\d\d-\d\d)(?:T(\d\d:\d\d(?::\d\d)?)(?:\.(\d{1,9}))?(Z|[+-]\d\d:\d\d)?)?$/.exec(text) ?? []
  const milliseconds = date === undefined ? Number.NaN : Date.parse(`${date}T${time}${zone}`)
  return Number.isNaN(milliseconds) ? undefined : momentOf(milliseconds, fraction)
}

function momentOf(milliseconds: number, fraction: string): string {
  return `${new Date(milliseconds).toISOString().slice(0, 19)}.${fraction.padEnd(9, '0')}Z`
}

/**
 * HEALTHCHECK: `NONE`, or `CMD` with a command.
 * @module
 */
import type { SourcePlace } from '../../errors.ts'
import type { HealthcheckInstruction } from '../instruction.ts'
import { invalid } from '../place.ts'
import { commandOf } from './commands.ts'
import { parseDuration } from './duration.ts'
import { baseOf, type NodeReading, someArguments } from './node-reading.ts'

/** docker refuses less. */
const minimumNs = 1_000_000

export function readHealthcheck(reading: NodeReading): HealthcheckInstruction {
  const { node, flags, place } = reading
  const [type = '', ...args] = someArguments(reading)
  const base = { kind: 'HEALTHCHECK', ...baseOf(reading) } as const
  switch (type.toUpperCase()) {
    case 'NONE':
      if (args.length > 0) throw invalid(place, 'HEALTHCHECK NONE takes no arguments')
      return { ...base, healthcheck: { type: 'NONE' } }
    case 'CMD': {
      if (args.length === 0) throw invalid(place, 'HEALTHCHECK CMD has no command')
      const duration = (name: string, field: string) => given(field, durationOf(flags.get(name), name, place))
      const healthcheck = {
        type: 'CMD',
        command: commandOf({ isJson: node.isJson, args }),
        ...duration('interval', 'intervalNs'),
        ...duration('timeout', 'timeoutNs'),
        ...duration('start-period', 'startPeriodNs'),
        ...duration('start-interval', 'startIntervalNs'),
        ...given('retries', retriesOf(flags.get('retries'), place)),
      } as const
      return { ...base, healthcheck }
    }
    default:
      throw invalid(place, `HEALTHCHECK is NONE or CMD, not ${JSON.stringify(type)}`)
  }
}

/** 0 means the default, as does the absence of the field. */
function given(field: string, value: number): Readonly<Record<string, number>> {
  return value === 0 ? {} : { [field]: value }
}

function durationOf(text: string | undefined, flag: string, place: SourcePlace): number {
  if (text === undefined || text === '') return 0
  const duration = parseDuration(text)
  if (duration === undefined) {
    throw invalid(place, `--${flag} is no duration such as 30s or 1m30s: ${JSON.stringify(text)}`)
  }
  if (duration !== 0 && duration < minimumNs) throw invalid(place, `--${flag} cannot be less than 1ms, it is ${text}`)
  return duration
}

function retriesOf(text: string | undefined, place: SourcePlace): number {
  if (text === undefined || text === '') return 0
  const retries = /^\+?\d{1,10}$/.test(text) ? Number(text) : Number.NaN
  if (retries <= 0x7fffffff) return retries
  throw invalid(place, `--retries is a number from 0 on, not ${JSON.stringify(text)}`)
}

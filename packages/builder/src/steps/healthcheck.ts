/**
 * `HEALTHCHECK`: how to tell whether a container works. It is stored; nothing of the build asks it.
 * @module
 */
import type { ContainerConfig } from '@tsreg/oci/image'
import type { Healthcheck, HealthcheckInstruction } from '../dockerfile/index.ts'
import { duration, quote, quoteList, quoteRune } from '../scope/go-format.ts'
import { type ConfigStep, type StepContext, withFields } from './step.ts'

/** As the config of an image has it; durations in nanoseconds. */
interface StoredHealthcheck {
  readonly Test: readonly string[]
  readonly Interval?: number
  readonly Timeout?: number
  readonly StartPeriod?: number
  readonly StartInterval?: number
  readonly Retries?: number
}

export function healthcheck({ healthcheck }: HealthcheckInstruction, { config }: StepContext): ConfigStep {
  const earlier = (config as { Healthcheck?: StoredHealthcheck }).Healthcheck
  const { Test: replaced = [], ...inherited } = earlier ?? {}
  const stored = storedOf(healthcheck)
  const isReplaced = replaced.length > 0 && replaced[0] !== 'NONE'
  return {
    comment: `HEALTHCHECK ${shown(stored)}`,
    // As with docker, what an instruction leaves open stays as an earlier one, also of the base, has set it.
    config: withFields(config, { Healthcheck: { ...inherited, ...stored } }) as ContainerConfig,
    ...(isReplaced ? { note: `Note: overriding previous HEALTHCHECK: [${replaced.join(' ')}]` } : {}),
  }
}

function storedOf(check: Healthcheck): StoredHealthcheck {
  if (check.type === 'NONE') return { Test: ['NONE'] }
  const { command } = check
  const fields = {
    Test: command.form === 'exec' ? ['CMD', ...command.args] : ['CMD-SHELL', command.text],
    Interval: check.intervalNs,
    Timeout: check.timeoutNs,
    StartPeriod: check.startPeriodNs,
    StartInterval: check.startIntervalNs,
    Retries: check.retries,
  }
  // 0 means the default, in docker as well, and is not written.
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value)) as unknown as StoredHealthcheck
}

/** The pointer to a structure that docker prints into the history. */
function shown({ Test, Interval = 0, Timeout = 0, StartPeriod = 0, Retries = 0 }: StoredHealthcheck): string {
  const durations = [Interval, Timeout, StartPeriod].map((nanoseconds) => quote(duration(nanoseconds)))
  return `&{${[quoteList(Test), ...durations, quoteRune(Retries)].join(' ')}}`
}

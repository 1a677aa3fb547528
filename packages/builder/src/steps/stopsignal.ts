/**
 * `STOPSIGNAL`: how a container is asked to end.
 * @module
 */
import { constants } from 'node:os'
import type { StopsignalInstruction } from '../dockerfile/index.ts'
import { BuilderError } from '../errors.ts'
import { type ConfigStep, type StepContext, withFields } from './step.ts'

export function stopsignal({ signal: name }: StopsignalInstruction, { config, place }: StepContext): ConfigStep {
  if (!isSignal(name)) {
    throw new BuilderError('DOCKERFILE_INVALID', `there is no signal ${JSON.stringify(name)}`, {
      place,
      detail: { signal: name },
      advice: 'a signal is SIGTERM, TERM, SIGRTMIN+3 or a number',
    })
  }
  return { comment: `STOPSIGNAL ${name}`, config: withFields(config, { StopSignal: name }) }
}

const highestSignal = 64

function isSignal(text: string): boolean {
  if (/^\d+$/.test(text)) return Number(text) >= 1 && Number(text) <= highestSignal
  const name = text.toUpperCase().replace(/^SIG/, '')
  return `SIG${name}` in constants.signals || /^RTM(?:IN(?:\+(?:[1-9]|1[0-5]))?|AX(?:-(?:[1-9]|1[0-4]))?)$/.test(name)
}

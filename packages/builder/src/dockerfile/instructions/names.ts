/**
 * Instructions that give values to names: ARG, ENV, LABEL.
 * @module
 */
import type { ArgInstruction, EnvInstruction, LabelInstruction, NameValue } from '../instruction.ts'
import { baseOf, blankName, type NodeReading, someArguments } from './node-reading.ts'

export function readArg(reading: NodeReading): ArgInstruction {
  const args = someArguments(reading).map((word) => {
    const equals = word.indexOf('=')
    const name = equals < 0 ? word : word.slice(0, equals)
    if (name === '') throw blankName(reading)
    return equals < 0 ? { name } : { name, value: word.slice(equals + 1) }
  })
  return { kind: 'ARG', ...baseOf(reading), args }
}

export function readEnv(reading: NodeReading): EnvInstruction {
  return { kind: 'ENV', ...baseOf(reading), variables: pairs(reading) }
}

export function readLabel(reading: NodeReading): LabelInstruction {
  return { kind: 'LABEL', ...baseOf(reading), labels: pairs(reading) }
}

/** Name, value and separator follow each other. */
function pairs(reading: NodeReading): readonly NameValue[] {
  const words = someArguments(reading)
  const result: NameValue[] = []
  for (let at = 0; at < words.length; at += 3) {
    const [name = '', value = ''] = words.slice(at, at + 2)
    if (name === '') throw blankName(reading)
    result.push({ name, value })
  }
  return result
}

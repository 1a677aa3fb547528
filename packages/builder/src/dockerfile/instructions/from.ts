/**
 * FROM: the base of a stage, and its name.
 * @module
 */
import type { FromInstruction } from '../instruction.ts'
import { invalid } from '../place.ts'
import { baseOf, type NodeReading } from './node-reading.ts'

export function readFrom(reading: NodeReading): FromInstruction {
  const { node, flags, place } = reading
  const [image, as, name, ...more] = node.args
  const hasName = name !== undefined && as?.toLowerCase() === 'as' && more.length === 0
  if (image === undefined || (as !== undefined && !hasName)) {
    throw invalid(place, 'FROM needs an image, or an image and AS with the name of the stage')
  }
  const platform = flags.get('platform')
  return {
    kind: 'FROM',
    ...baseOf(reading),
    image,
    ...(platform ? { platform } : {}),
    ...(hasName ? { as: stageName(name, reading) } : {}),
  }
}

function stageName(name: string, { place }: NodeReading): string {
  const lower = name.toLowerCase()
  if (/^[a-z][a-z0-9\-_.]*$/.test(lower)) return lower
  throw invalid(
    place,
    `${JSON.stringify(name)} is no name for a stage: a letter, then letters, digits, dots, dashes and underscores`,
  )
}

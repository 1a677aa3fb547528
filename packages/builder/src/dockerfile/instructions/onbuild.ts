/**
 * ONBUILD: an instruction for the builds that start from the image.
 * @module
 */
import { withHeredocText } from '../heredoc.ts'
import type { OnbuildInstruction } from '../instruction.ts'
import { invalid } from '../place.ts'
import { baseOf, type NodeReading } from './node-reading.ts'

const forbidden: readonly string[] = ['from', 'maintainer', 'onbuild']

export function isForbiddenTrigger(keyword: string): boolean {
  return forbidden.includes(keyword)
}

/** The trigger is not understood yet: that is done where it is used, perhaps by another version. */
export function readOnbuild(reading: NodeReading): OnbuildInstruction {
  const { node, place } = reading
  const { trigger } = node
  if (trigger === undefined) throw invalid(place, 'ONBUILD needs an instruction')
  if (isForbiddenTrigger(trigger.keyword)) {
    throw invalid(place, `${trigger.keyword.toUpperCase()} is not allowed behind ONBUILD`)
  }
  return { kind: 'ONBUILD', ...baseOf(reading), trigger: withHeredocText(trigger.original, trigger.heredocs) }
}

/**
 * What the reader of an instruction is given, and what all of them have in common.
 * @module
 */
import type { BuilderError, SourcePlace } from '../../errors.ts'
import type { InstructionNode, LineRange } from '../ast.ts'
import { invalid } from '../place.ts'
import type { Flags } from './flags.ts'

export interface NodeReading {
  readonly node: InstructionNode
  /** In upper case. */
  readonly keyword: string
  readonly flags: Flags
  readonly place: SourcePlace
}

/** The fields of every instruction. */
export function baseOf({ node }: NodeReading): LineRange & { original: string; flags: readonly string[] } {
  const { original, flags, line, endLine } = node
  return { original, flags, line, endLine }
}

/** The one argument. @throws DOCKERFILE_INVALID where there is none */
export function onlyArgument({ node, keyword, place }: NodeReading): string {
  const [argument] = node.args
  if (argument === undefined) throw invalid(place, `${keyword} needs an argument`)
  return argument
}

/** @throws DOCKERFILE_INVALID where there is none */
export function someArguments({ node, keyword, place }: NodeReading): readonly string[] {
  if (node.args.length === 0) throw invalid(place, `${keyword} needs at least one argument`)
  return node.args
}

export function blankName({ keyword, place }: NodeReading): BuilderError {
  return invalid(place, `a name in ${keyword} is empty`)
}

/**
 * What an image's ONBUILD holds, read when a stage starts from that image.
 * @module
 */
import type { Instruction } from './instruction.ts'
import { isForbiddenTrigger } from './instructions/onbuild.ts'
import { readInstruction } from './instructions/read-instruction.ts'
import { parseDockerfile } from './parse-dockerfile.ts'
import { invalid, placeOf } from './place.ts'

export interface ParseTriggerOptions {
  /** For messages: where the trigger comes from. @default `ONBUILD` */
  readonly fileName?: string | undefined
}

/**
 * The instructions of one trigger; more than one only where a foreign builder wrote several lines. The escape token is
 * the backslash, whatever the Dockerfile of the image had.
 * @throws what `parseDockerfile` and `parseInstructions` throw; DOCKERFILE_INVALID for FROM, MAINTAINER and ONBUILD
 */
export function parseTrigger(text: string, { fileName = 'ONBUILD' }: ParseTriggerOptions = {}): readonly Instruction[] {
  return parseDockerfile(text, { fileName }).nodes.map((node) => {
    const instruction = readInstruction(node, fileName)
    if (instruction.kind !== 'FROM' && !isForbiddenTrigger(node.keyword)) return instruction
    throw invalid(placeOf(fileName, node), `${instruction.kind} is not allowed behind ONBUILD`)
  })
}

/**
 * From the nodes of a Dockerfile to typed instructions, in stages.
 * @module
 */
import type { Dockerfile } from './ast.ts'
import type { BuildFile } from './build-file.ts'
import type { ArgInstruction, Instruction, Stage } from './instruction.ts'
import { readInstruction } from './instructions/read-instruction.ts'
import { invalid, placeOf, unsupported } from './place.ts'
import { warningsOf } from './warnings.ts'

/**
 * The first error of the file is thrown.
 * @throws INSTRUCTION_UNKNOWN, FLAG_UNKNOWN, FEATURE_UNSUPPORTED, DOCKERFILE_INVALID; each names file, line and text
 */
export function parseInstructions(dockerfile: Dockerfile): BuildFile {
  const { fileName, escape: escapeToken, directives, nodes } = dockerfile
  checkSyntax(dockerfile)
  const metaArgs: ArgInstruction[] = []
  const stages: (Stage & { readonly instructions: Instruction[] })[] = []
  for (const node of nodes) {
    const instruction = readInstruction(node, fileName)
    if (instruction.kind === 'FROM') {
      stages.push({ index: stages.length, name: instruction.as, from: instruction, instructions: [] })
      continue
    }
    const stage = stages.at(-1)
    if (stage !== undefined) stage.instructions.push(instruction)
    else if (instruction.kind === 'ARG') metaArgs.push(instruction)
    else {
      throw invalid(
        placeOf(fileName, node),
        `${instruction.kind} stands before the first FROM, where only ARG may stand`,
      )
    }
  }
  const last = nodes.at(-1)
  if (stages.length === 0 && last !== undefined) {
    throw invalid(placeOf(fileName, last), 'the file has no FROM')
  }
  return { fileName, escape: escapeToken, directives, metaArgs, stages, warnings: warningsOf(dockerfile, stages) }
}

/** Other frontends are programs that would have to be fetched and run. */
function checkSyntax({ fileName, directives }: Dockerfile): void {
  const syntax = directives.find(({ key }) => key === 'syntax')
  if (syntax === undefined) return
  const { value, line } = syntax
  if (/^(?:docker\.io\/)?docker\/dockerfile(?:-upstream)?(?:[:@\s]|$)/.test(value)) return
  const place = { file: fileName, line, endLine: line, text: `# syntax=${value}` }
  throw unsupported(place, `the frontend ${value}`, 'leave the directive out where the file is a plain Dockerfile')
}

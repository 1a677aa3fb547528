/**
 * What works and was probably not meant so, by the rules of `docker build --check`.
 * @module
 */
import type { Dockerfile, DockerfileWarning, DockerfileWarningCode, InstructionNode } from './ast.ts'
import type { Instruction, Stage } from './instruction.ts'

/** Those of the syntax and these, by line. */
export function warningsOf({ nodes, warnings }: Dockerfile, stages: readonly Stage[]): readonly DockerfileWarning[] {
  const all = [
    ...warnings,
    ...casing(nodes),
    ...nodes.flatMap(ofNode),
    ...stageNames(stages),
    ...stages.flatMap(({ instructions }) => ofStage(instructions)),
  ]
  return all.sort((a, b) => a.line - b.line)
}

function warning(code: DockerfileWarningCode, { line }: { readonly line: number }, message: string): DockerfileWarning {
  return { code, message, line }
}

function casing(nodes: readonly InstructionNode[]): DockerfileWarning[] {
  const lower = nodes.filter(({ keyword, writtenKeyword }) => keyword === writtenKeyword)
  const isLower = lower.length > nodes.length / 2
  return nodes.flatMap((node) => {
    const expected = isLower ? node.keyword : node.keyword.toUpperCase()
    if (node.writtenKeyword === expected) return []
    return warning(
      'ConsistentInstructionCasing',
      node,
      `${node.writtenKeyword} is ${expected} like the other instructions`,
    )
  })
}

function ofNode(node: InstructionNode): DockerfileWarning[] {
  const { keyword, args, writtenKeyword } = node
  if (keyword === 'maintainer') {
    return [
      warning('MaintainerDeprecated', node, 'MAINTAINER is deprecated: use LABEL org.opencontainers.image.authors='),
    ]
  }
  if ((keyword === 'env' || keyword === 'label') && args[2] === '') {
    const form = `${keyword.toUpperCase()} name=value`
    return [warning('LegacyKeyValueFormat', node, `the form without = is old: write ${form}`)]
  }
  if ((keyword === 'cmd' || keyword === 'entrypoint') && !node.isJson && args.length > 0) {
    const message = `${keyword.toUpperCase()} as a text runs a shell, which gets the signals: write a JSON array`
    return [warning('JSONArgsRecommended', node, message)]
  }
  const [, as, name] = args
  if (keyword !== 'from' || as === undefined || name === undefined) return []
  const isUpper = writtenKeyword === writtenKeyword.toUpperCase()
  const hasCasingOfFrom = as === (isUpper ? as.toUpperCase() : as.toLowerCase())
  return [
    ...(hasCasingOfFrom ? [] : [warning('FromAsCasing', node, `${as} and ${writtenKeyword} are written differently`)]),
    ...(name === name.toLowerCase() ? [] : [warning('StageNameCasing', node, `the stage is ${name.toLowerCase()}`)]),
  ]
}

function stageNames(stages: readonly Stage[]): DockerfileWarning[] {
  const first = new Map<string, number>()
  return stages.flatMap(({ name, from }) => {
    if (name === undefined) return []
    if (name === 'scratch' || name === 'context') {
      return [warning('ReservedStageName', from, `a stage should not have the name ${name}, which has a meaning`)]
    }
    const line = first.get(name)
    if (line !== undefined) {
      return [warning('DuplicateStageName', from, `the stage of line ${line} has the name ${name} as well`)]
    }
    first.set(name, from.line)
    return []
  })
}

const lastWins: readonly Instruction['kind'][] = ['CMD', 'ENTRYPOINT', 'HEALTHCHECK']

function ofStage(instructions: readonly Instruction[]): DockerfileWarning[] {
  return lastWins.flatMap((kind) => {
    const all = instructions.filter((instruction) => instruction.kind === kind)
    return all
      .slice(0, -1)
      .map((one) => warning('MultipleInstructionsDisallowed', one, `only the last ${kind} of a stage has an effect`))
  })
}

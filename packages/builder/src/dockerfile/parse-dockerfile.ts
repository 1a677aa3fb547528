/**
 * From the bytes of a Dockerfile to one node per instruction.
 * @module
 */
import type { SourcePlace } from '../errors.ts'
import { shapeArguments } from './argument-shape.ts'
import type { Dockerfile, DockerfileWarning, EscapeToken, InstructionNode } from './ast.ts'
import { trim } from './characters.ts'
import { DirectiveReader } from './directives.ts'
import { canHaveHeredocs, heredocsIn, readHeredoc } from './heredoc.ts'
import { isKeyword } from './keywords.ts'
import { LineReader, nextLogicalLine } from './logical-line.ts'
import { invalid, placeOf } from './place.ts'
import { splitInstruction } from './split-instruction.ts'

export interface ParseDockerfileOptions {
  /** For messages. @default `Dockerfile` */
  readonly fileName?: string | undefined
}

/**
 * Accepts UTF-8 with or without a byte-order mark, LF or CRLF. An unknown instruction is a node like another: it is
 * refused by `parseInstructions`.
 * @throws DOCKERFILE_INVALID
 */
export function parseDockerfile(
  content: string | Uint8Array,
  { fileName = 'Dockerfile' }: ParseDockerfileOptions = {},
): Dockerfile {
  const lines = new LineReader(textOf(content))
  const directives = new DirectiveReader(fileName)
  const nodes: InstructionNode[] = []
  const warnings: DockerfileWarning[] = []
  for (let line = nextLogicalLine(lines, directives); line !== undefined; line = nextLogicalLine(lines, directives)) {
    const { escape: escapeToken } = directives
    const node = nodeOf({ ...line, original: trim(line.text), escapeToken, fileName })
    nodes.push(withHeredocs(node, lines, fileName))
    if (line.emptyLine !== undefined) warnings.push(emptyContinuation(line.emptyLine))
  }
  if (nodes.length > 0) {
    return { fileName, escape: directives.escape, directives: directives.directives, nodes, warnings }
  }
  const line = Math.max(1, lines.line)
  throw invalid({ file: fileName, line, endLine: line, text: '' }, 'the file has no instructions')
}

function textOf(content: string | Uint8Array): string {
  // The decoder removes the byte-order mark.
  return typeof content === 'string' ? content.replace(/^\ufeff/, '') : new TextDecoder().decode(content)
}

interface LineOfNode {
  readonly original: string
  readonly line: number
  readonly endLine: number
  readonly escapeToken: EscapeToken
  readonly fileName: string
  /** True behind ONBUILD. */
  readonly isTrigger?: boolean
}

function nodeOf(of: LineOfNode): InstructionNode {
  const { original, line, endLine, escapeToken, fileName, isTrigger = false } = of
  const { keyword: writtenKeyword, flags, rest } = splitInstruction(original)
  const keyword = writtenKeyword.toLowerCase()
  const base = { keyword, writtenKeyword, original, flags, line, endLine, heredocs: [] }
  if (!isKeyword(keyword)) return { ...base, args: rest === '' ? [] : [rest], isJson: false }
  const place: SourcePlace = placeOf(fileName, of)
  const shaped = shapeArguments(rest, { keyword, escapeToken, place })
  // One level is all that may be, and a line can hold a hundred thousand.
  if (keyword !== 'onbuild' || isTrigger || rest === '') return { ...base, ...shaped }
  return { ...base, ...shaped, trigger: nodeOf({ ...of, original: rest, isTrigger: true }) }
}

function withHeredocs(node: InstructionNode, lines: LineReader, fileName: string): InstructionNode {
  const instruction = node.trigger ?? node
  if (!canHaveHeredocs(instruction.keyword)) return node
  const starts = heredocsIn(node.original)
  if (starts.length === 0) return node
  const heredocs = starts.map((start) => readHeredoc(lines, start, placeOf(fileName, node)))
  const more = { heredocs, endLine: lines.line }
  return { ...node, ...more, ...(node.trigger === undefined ? {} : { trigger: { ...node.trigger, ...more } }) }
}

function emptyContinuation(line: number): DockerfileWarning {
  const message = 'empty continuation line: the instruction goes on behind it, which a later version may refuse'
  return { code: 'NoEmptyContinuation', message, line }
}

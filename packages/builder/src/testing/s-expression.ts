/**
 * Syntax trees as text: `(copy ["--from=a"] "b" "c")`, the form in which the corpus has them.
 * @module
 */
import type { Dockerfile, InstructionNode } from '../dockerfile/index.ts'

/** One line for each instruction. */
export function sExpressions({ nodes }: Dockerfile): string {
  return nodes.map((node) => `${expression(node)}\n`).join('')
}

function expression({ keyword, flags, args, trigger }: InstructionNode): string {
  const flagList = flags.length === 0 ? [] : [`[${flags.map(quoted).join(' ')}]`]
  const rest = trigger === undefined ? args.map(quoted) : [expression(trigger)]
  return `(${[keyword, ...flagList, ...rest].join(' ')})`
}

const named: Readonly<Record<string, string>> = {
  '"': '\\"',
  '\\': '\\\\',
  '\u0007': '\\a',
  '\b': '\\b',
  '\f': '\\f',
  '\n': '\\n',
  '\r': '\\r',
  '\t': '\\t',
  '\v': '\\v',
}

/** As `strconv.Quote` of Go does it. */
function quoted(text: string): string {
  const escaped = text.replace(/["\\\p{Cc}]/gu, (character) => {
    const code = (character.codePointAt(0) ?? 0).toString(16)
    return named[character] ?? (code.length > 2 ? `\\u${code.padStart(4, '0')}` : `\\x${code.padStart(2, '0')}`)
  })
  return `"${escaped}"`
}

/**
 * Output compared line by line with what it must be, where names stand for what differs from run to run.
 * @module
 */

import { assertThat } from '../harness/report.ts'

/** What the names stood for, by name. */
export type Names = Readonly<Record<string, string>>

/**
 * Compares all lines. In `expected`, `<id:NAME>` is 12 hexadecimal digits and `<NAME>` any text without blanks around
 * it; the same name is the same text everywhere, also in `known`. `...` alone stands for any number of lines,
 * and `<none>` for itself.
 *
 * @example expectLines('Successfully built 0123456789ab\n', ['Successfully built <id:image>']).image // 0123456789ab
 * @returns what the names stood for, with `known`
 * @throws Error with both texts
 */
export function expectLines(actual: string, expected: readonly string[], known: Names = {}): Names {
  const names = new Map(Object.entries(known))
  const lines = actual.replace(/\n$/, '').split('\n')
  let at = 0
  for (const [index, pattern] of expected.entries()) {
    if (pattern === '...') {
      const next = expected[index + 1]
      while (at < lines.length && (next === undefined || match(lines[at] ?? '', next, names) === undefined)) at++
      continue
    }
    const found = match(lines[at] ?? '', pattern, names)
    assertThat(found, describe(`line ${at + 1} is not "${pattern}"`, actual, expected, names))
    for (const [name, value] of found) names.set(name, value)
    at++
  }
  assertThat(at === lines.length, describe(`there are ${lines.length - at} more lines`, actual, expected, names))
  return Object.fromEntries(names)
}

/** What the names in the pattern stand for, when the line is like it. */
function match(
  line: string,
  pattern: string,
  names: ReadonlyMap<string, string>,
): ReadonlyMap<string, string> | undefined {
  const asked: string[] = []
  const source = pattern
    .split(/(<(?:id:)?[a-zA-Z]+>)/)
    .map((part) => {
      const name = /^<(?:id:)?([a-zA-Z]+)>$/.exec(part)?.[1]
      if (name === undefined || part === '<none>') return quote(part)
      const value = names.get(name)
      if (value !== undefined) return quote(value)
      if (asked.includes(name)) return `\\k<${name}>`
      asked.push(name)
      return part.startsWith('<id:') ? `(?<${name}>[0-9a-f]{12})` : `(?<${name}>\\S(?:.*\\S)?)`
    })
    .join('')
  const groups = new RegExp(`^${source}$`).exec(line)
  return groups === null ? undefined : new Map(Object.entries(groups.groups ?? {}))
}

function quote(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&')
}

function describe(
  problem: string,
  actual: string,
  expected: readonly string[],
  names: ReadonlyMap<string, string>,
): string {
  const known = [...names].map(([name, value]) => `${name} = ${value}`).join(', ')
  return [
    `${problem}; names: ${known}`,
    'expected:',
    ...expected.map(indent),
    'actual:',
    ...actual.split('\n').map(indent),
  ].join('\n    ')
}

function indent(line: string): string {
  return `  |${line}`
}

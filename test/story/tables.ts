/**
 * Tables as docker prints them: every column begins where its title does.
 * @module
 */

import { assertEqual } from '../harness/report.ts'
import { expectLines, type Names } from './lines.ts'

/** As `expectLines`, for the cells of a table with these titles. */
export function expectTable(
  actual: string,
  titles: readonly string[],
  rows: readonly (readonly string[])[],
  known: Names = {},
): Names {
  const [head = '', ...lines] = actual.replace(/\n$/, '').split('\n')
  const starts = titles.map((title) => head.indexOf(title))
  const cellsOf = (line: string) => starts.map((start, column) => line.slice(start, starts[column + 1]).trimEnd())
  assertEqual(cellsOf(head).join('|'), titles.join('|'), 'the header')
  // A cell that reaches into the next column would be cut here, and not be what it must be.
  return expectLines(joined(lines.map(cellsOf)), joined(rows).split('\n'), known)
}

function joined(rows: readonly (readonly string[])[]): string {
  return rows.map((cells) => cells.join(' | ')).join('\n')
}

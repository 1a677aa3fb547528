/**
 * Tables as docker prints them: columns padded with spaces, three between them, at least ten characters wide, nothing
 * after the last one.
 * @module
 */
import { printableLine } from './printable.ts'

const gap = 3
const minimum = 10

/** One line per row, each ended by a newline; the header comes first, also when there are no rows. */
export function table(header: readonly string[], rows: readonly (readonly string[])[]): string {
  // A cell with an end of a line in it would pass for a row of its own.
  const lines = [header, ...rows].map((cells) => cells.map(printableLine))
  const widths = header.map((_, column) =>
    Math.max(minimum, ...lines.map((cells) => displayWidth(cells[column] ?? '') + gap)),
  )
  return lines.map((cells) => `${line(cells, widths)}\n`).join('')
}

function line(cells: readonly string[], widths: readonly number[]): string {
  return cells
    .map((cell, column) =>
      column === cells.length - 1 ? cell : cell + ' '.repeat((widths[column] ?? 0) - displayWidth(cell)),
    )
    .join('')
}

/** Characters, not UTF-16 units: the ellipsis and non-Latin names count as one. */
function displayWidth(text: string): number {
  return [...text].length
}

/** Cut to `limit` characters, the last of them an ellipsis where something was cut. */
export function ellipsis(text: string, limit: number): string {
  const characters = [...text]
  return characters.length <= limit ? text : `${characters.slice(0, limit - 1).join('')}…`
}

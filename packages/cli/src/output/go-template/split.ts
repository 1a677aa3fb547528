/**
 * A template as text and actions, and an action as words.
 * @module
 */

export type TemplatePart =
  | { readonly kind: 'text'; readonly text: string }
  /** @property source with its braces, for messages */
  | { readonly kind: 'action'; readonly source: string; readonly words: readonly Word[] }

export interface Word {
  readonly text: string
  readonly kind: 'string' | 'number' | 'variable' | 'field' | 'name' | 'sign' | 'unknown'
  /** Nothing stands between it and the word before: `.A.B` is one field in another, `.A .B` are two. */
  readonly isGlued: boolean
}

const actionPattern = /\{\{(?:"(?:[^"\\]|\\.)*"|`[^`]*`|[^"`])*?\}\}/gs

/** `{{-` and `-}}` take the blanks before and after away. Comments are left out. */
export function splitTemplate(text: string): readonly TemplatePart[] {
  const parts: TemplatePart[] = []
  let end = 0
  let trims = false
  const addText = (piece: string, trimsEnd: boolean) => {
    const begun = trims ? piece.trimStart() : piece
    const shown = trimsEnd ? begun.trimEnd() : begun
    if (shown !== '') parts.push({ kind: 'text', text: shown })
  }
  for (const match of text.matchAll(actionPattern)) {
    const [source] = match
    addText(text.slice(end, match.index), /^\{\{-\s/.test(source))
    end = match.index + source.length
    trims = /\s-\}\}$/.test(source)
    const inside = source.replace(/^\{\{(?:-\s)?/, '').replace(/(?:\s-)?\}\}$/, '')
    if (!/^\s*\/\*.*\*\/\s*$/s.test(inside)) parts.push({ kind: 'action', source, words: wordsOf(inside) })
  }
  addText(text.slice(end), false)
  return parts
}

const wordPattern =
  /(?<blank>\s+)|(?<string>"(?:[^"\\]|\\.)*"|`[^`]*`)|(?<number>-?\d+(?:\.\d+)?)|(?<variable>\$\w*)|(?<field>\.\w*)|(?<name>[A-Za-z_]\w*)|(?<sign>:=|[=|(),])|(?<unknown>.)/gsy

function wordsOf(action: string): readonly Word[] {
  const words: Word[] = []
  let isGlued = false
  for (const { groups = {}, 0: text } of action.matchAll(wordPattern)) {
    const kind = Object.keys(groups).find((name) => groups[name] !== undefined)
    if (kind !== 'blank') words.push({ text, kind: kind as Word['kind'], isGlued })
    isGlued = kind !== 'blank'
  }
  return words
}

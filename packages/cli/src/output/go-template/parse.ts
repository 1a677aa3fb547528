/**
 * From text to tree.
 * @module
 */
import { CliError } from '../../errors.ts'
import type { Branches, Command, Pipeline, TemplateNode, Term } from './ast.ts'
import { functions } from './functions.ts'
import { splitTemplate, type TemplatePart, type Word } from './split.ts'

/** @throws CliError USAGE naming the action that is not understood, or is not ended */
export function parseTemplate(text: string): readonly TemplateNode[] {
  const parts = new Parts(splitTemplate(text))
  const { nodes, end } = parseNodes(parts)
  if (end !== undefined) throw unexpected(end.source)
  return nodes
}

type Action = Extract<TemplatePart, { kind: 'action' }>

/** What is left to be read. */
class Parts {
  readonly #parts: readonly TemplatePart[]
  #at = 0

  constructor(parts: readonly TemplatePart[]) {
    this.#parts = parts
  }

  next(): TemplatePart | undefined {
    const part = this.#parts[this.#at]
    this.#at += 1
    return part
  }
}

/** @returns the action that ended them: `else`, `end`; undefined at the end of the text */
function parseNodes(parts: Parts): { readonly nodes: readonly TemplateNode[]; readonly end: Action | undefined } {
  const nodes: TemplateNode[] = []
  for (let part = parts.next(); part !== undefined; part = parts.next()) {
    if (part.kind === 'text') nodes.push(closed(part))
    else {
      const keyword = keywordOf(part.words)
      if (keyword === 'else' || keyword === 'end') return { nodes, end: part }
      const words = new Words(keyword === undefined ? part.words : part.words.slice(1), part.source)
      if (keyword === undefined) nodes.push({ kind: 'print', pipeline: words.whole() })
      else nodes.push({ kind: keyword, pipeline: words.whole(), ...parseBranches(parts, part.source) })
    }
  }
  return { nodes, end: undefined }
}

/** @throws CliError USAGE for braces that are opened and not closed */
function closed(part: Extract<TemplatePart, { kind: 'text' }>): TemplateNode {
  const at = part.text.indexOf('{{')
  if (at < 0) return part
  throw new CliError('USAGE', `the template has ${part.text.slice(at)} without its }}`)
}

type Keyword = 'if' | 'with' | 'range' | 'else' | 'end'

function keywordOf(words: readonly Word[]): Keyword | undefined {
  const [first] = words
  return first?.kind === 'name' && ['if', 'with', 'range', 'else', 'end'].includes(first.text)
    ? (first.text as Keyword)
    : undefined
}

/** @param opening the action whose branches they are */
function parseBranches(parts: Parts, opening: string): Branches {
  const { nodes: body, end } = parseNodes(parts)
  if (end === undefined) throw new CliError('USAGE', `the template has ${opening} without its {{end}}`)
  const [keyword, second] = end.words
  if (keyword?.text === 'end') {
    if (second !== undefined) throw unexpected(end.source)
    return { body, otherwise: [] }
  }
  if (second === undefined) {
    const { nodes: otherwise, end: last } = parseNodes(parts)
    if (last === undefined) throw new CliError('USAGE', `the template has ${opening} without its {{end}}`)
    if (last.words[0]?.text !== 'end' || last.words.length > 1) throw unexpected(last.source)
    return { body, otherwise }
  }
  if (second.text !== 'if' && second.text !== 'with') throw unexpected(end.source)
  const pipeline = new Words(end.words.slice(2), end.source).whole()
  return { body, otherwise: [{ kind: second.text, pipeline, ...parseBranches(parts, opening) }] }
}

/** The words of one action. */
class Words {
  readonly #words: readonly Word[]
  readonly #source: string
  #at = 0

  constructor(words: readonly Word[], source: string) {
    this.#words = words
    this.#source = source
  }

  whole(): Pipeline {
    const pipeline = this.#pipeline()
    if (this.#at < this.#words.length) throw unexpected(this.#source)
    return pipeline
  }

  #pipeline(): Pipeline {
    const { variables, assigns } = this.#variables()
    const commands = [this.#command()]
    while (this.#takes('|')) commands.push(this.#command())
    return { variables, assigns, commands }
  }

  #variables(): Pick<Pipeline, 'variables' | 'assigns'> {
    const [first, second, third, fourth] = this.#words.slice(this.#at)
    const isSet = (word: Word | undefined) => word?.text === ':=' || word?.text === '='
    if (first?.kind !== 'variable') return { variables: [], assigns: false }
    if (isSet(second)) {
      this.#at += 2
      return { variables: [first.text], assigns: second?.text === '=' }
    }
    if (second?.text !== ',' || third?.kind !== 'variable' || !isSet(fourth)) return { variables: [], assigns: false }
    this.#at += 4
    return { variables: [first.text, third.text], assigns: fourth?.text === '=' }
  }

  #command(): Command {
    const first = this.#term()
    const rest: Term[] = []
    for (let word = this.#peek(); word !== undefined && !['|', ')'].includes(word.text); word = this.#peek()) {
      rest.push(this.#term())
    }
    if (rest.length > 0 && first.kind !== 'function') throw unexpected(this.#source)
    return [first, ...rest]
  }

  #term(): Term {
    let term = this.#bareTerm()
    for (let word = this.#peek(); word?.kind === 'field' && word.isGlued && word.text !== '.'; word = this.#peek()) {
      this.#at += 1
      term = { kind: 'field', of: term, name: word.text.slice(1) }
    }
    return term
  }

  #bareTerm(): Term {
    const word = this.#peek()
    this.#at += 1
    switch (word?.kind) {
      case 'string':
        return { kind: 'literal', value: word.text.startsWith('`') ? word.text.slice(1, -1) : unquote(word.text) }
      case 'number':
        return { kind: 'literal', value: Number(word.text) }
      case 'variable':
        return { kind: 'variable', name: word.text }
      case 'field':
        return word.text === '.' ? { kind: 'dot' } : { kind: 'field', of: { kind: 'dot' }, name: word.text.slice(1) }
      case 'name':
        return this.#named(word.text)
      default:
        if (word?.text !== '(') throw unexpected(this.#source)
    }
    const pipeline = this.#pipeline()
    if (!this.#takes(')') || pipeline.variables.length > 0) throw unexpected(this.#source)
    return { kind: 'pipeline', pipeline }
  }

  #named(name: string): Term {
    if (name === 'true' || name === 'false') return { kind: 'literal', value: name === 'true' }
    if (name === 'nil') return { kind: 'literal', value: null }
    if (!Object.hasOwn(functions, name)) throw unexpected(this.#source)
    return { kind: 'function', name }
  }

  #peek(): Word | undefined {
    return this.#words[this.#at]
  }

  #takes(text: string): boolean {
    if (this.#peek()?.text !== text) return false
    this.#at += 1
    return true
  }
}

function unquote(text: string): string {
  return text.slice(1, -1).replace(/\\(.)/g, (_, character: string) => {
    const known: Readonly<Record<string, string>> = { n: '\n', t: '\t' }
    return known[character] ?? character
  })
}

function unexpected(source: string): CliError {
  return new CliError('USAGE', `the template has ${source}, which is not supported`, {
    advice: `Use {{.Field}}, if, else, with, range, end, variables, and ${Object.keys(functions).join(', ')}.`,
  })
}

/**
 * From tree and value to text.
 * @module
 */
import { CliError } from '../../errors.ts'
import type { Command, Pipeline, TemplateNode, Term } from './ast.ts'
import { functions, isTrue, show } from './functions.ts'

/** @throws CliError USAGE for a field or variable that there is not */
export function evaluateTemplate(nodes: readonly TemplateNode[], value: unknown): string {
  return printNodes(nodes, { dot: value, variables: new Scope(undefined, [['$', value]]) })
}

interface Context {
  readonly dot: unknown
  readonly variables: Scope
}

/** Variables up to the `{{end}}` they stand before. */
class Scope {
  readonly #outer: Scope | undefined
  readonly #values: Map<string, unknown>

  constructor(outer: Scope | undefined, values: readonly (readonly [string, unknown])[] = []) {
    this.#outer = outer
    this.#values = new Map(values)
  }

  get(name: string): unknown {
    return this.#holder(name).#values.get(name)
  }

  declare(name: string, value: unknown): void {
    this.#values.set(name, value)
  }

  assign(name: string, value: unknown): void {
    this.#holder(name).#values.set(name, value)
  }

  #holder(name: string): Scope {
    if (this.#values.has(name)) return this
    if (this.#outer !== undefined) return this.#outer.#holder(name)
    throw new CliError('USAGE', `the template uses the variable ${name} and does not set it before`)
  }
}

function printNodes(nodes: readonly TemplateNode[], context: Context): string {
  return nodes.map((node) => printNode(node, context)).join('')
}

function printNode(node: TemplateNode, context: Context): string {
  if (node.kind === 'text') return node.text
  const { pipeline } = node
  if (node.kind === 'print') {
    const value = resultOfPipeline(pipeline, context)
    setVariables(pipeline, [value], context.variables)
    return pipeline.variables.length > 0 ? '' : show(value)
  }
  const inner = { ...context, variables: new Scope(context.variables) }
  const value = resultOfPipeline(pipeline, inner)
  if (node.kind === 'range') {
    const rows = rowsOf(value)
    if (rows.length === 0) return printNodes(node.otherwise, inner)
    return rows.map(([key, element]) => printRow(node, [key, element], inner)).join('')
  }
  setVariables(pipeline, [value], inner.variables)
  if (!isTrue(value)) return printNodes(node.otherwise, inner)
  return printNodes(node.body, node.kind === 'with' ? { ...inner, dot: value } : inner)
}

function printRow(
  { pipeline, body }: Extract<TemplateNode, { kind: 'if' | 'with' | 'range' }>,
  [key, element]: readonly [unknown, unknown],
  outer: Context,
): string {
  const variables = new Scope(outer.variables)
  setVariables(pipeline, pipeline.variables.length > 1 ? [key, element] : [element], variables)
  return printNodes(body, { dot: element, variables })
}

function setVariables({ variables, assigns }: Pipeline, values: readonly unknown[], scope: Scope): void {
  for (const [at, name] of variables.entries()) {
    if (assigns) scope.assign(name, values[at])
    else scope.declare(name, values[at])
  }
}

/** Maps in the order of their keys, as Go does. */
function rowsOf(value: unknown): readonly (readonly [unknown, unknown])[] {
  if (Array.isArray(value)) return value.map((element, index) => [index, element])
  if (value === undefined || value === null) return []
  if (typeof value === 'object') return Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1))
  throw new CliError('USAGE', `the template ranges over ${show(value)}, which is neither a list nor a map`)
}

function resultOfPipeline({ commands }: Pipeline, context: Context): unknown {
  let result: readonly unknown[] = []
  for (const command of commands) result = [resultOfCommand(command, result, context)]
  return result[0]
}

function resultOfCommand([first, ...rest]: Command, piped: readonly unknown[], context: Context): unknown {
  if (first.kind !== 'function') {
    if (piped.length === 0) return termValue(first, context)
    throw new CliError('USAGE', 'the template gives a value by | to what is no function')
  }
  return functions[first.name]?.(...rest.map((term) => termValue(term, context)), ...piped)
}

function termValue(term: Term, context: Context): unknown {
  switch (term.kind) {
    case 'literal':
      return term.value
    case 'dot':
      return context.dot
    case 'variable':
      return context.variables.get(term.name)
    case 'function':
      return functions[term.name]?.()
    case 'pipeline':
      return resultOfPipeline(term.pipeline, context)
    case 'field':
      return field(termValue(term.of, context), term)
  }
}

/** An unknown field is an error, since it is most often a typo. */
function field(value: unknown, term: Extract<Term, { kind: 'field' }>): unknown {
  const { name } = term
  if (typeof value === 'object' && value !== null && Object.hasOwn(value, name)) {
    return (value as Record<string, unknown>)[name]
  }
  if (value === undefined || value === null) return undefined
  const known = typeof value === 'object' ? Object.keys(value).join(', ') : 'none'
  throw new CliError('USAGE', `the template names ${pathOf(term)}, and there is no field ${name}; fields: ${known}`)
}

function pathOf(term: Term): string {
  if (term.kind === 'field') return `${pathOf(term.of)}.${term.name}`
  return term.kind === 'variable' ? term.name : term.kind === 'pipeline' ? '(...)' : ''
}

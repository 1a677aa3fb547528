/**
 * Templates for `--format`: the part of Go's that docker users type. `{{.Name}}` and `{{.Config.Env}}` print a field,
 * `{{json .Field}}` prints JSON, `upper`, `lower` and `join` do what they say; `\t` and `\n` are tab and newline.
 * @module
 */
import { CliError } from '../errors.ts'
import { table } from './table.ts'

/** Prints one value; a template is compiled once and used for every row. */
export type Template = (value: unknown) => string

/** @throws CliError USAGE naming the part that is not understood. */
export function compileTemplate(text: string): Template {
  const parts = withEscapes(text)
    .split(/(\{\{.*?\}\})/s)
    .filter((part) => part !== '')
    .map((part) => (part.startsWith('{{') ? action(part) : () => part))
  return (value) => parts.map((part) => part(value)).join('')
}

function withEscapes(text: string): string {
  return text.replace(/\\([tn])/g, (_, letter) => (letter === 't' ? '\t' : '\n'))
}

function action(part: string): Template {
  const words =
    part
      .slice(2, -2)
      .trim()
      .match(/"[^"]*"|\S+/g) ?? []
  const [first = '', second, third] = words
  if (first.startsWith('.') && words.length === 1) return (value) => show(field(value, first))
  const transform = functions[first]
  if (transform === undefined || second === undefined || !second.startsWith('.')) {
    throw new CliError('USAGE', `the template has ${part}, which is not supported`, {
      advice: 'Use {{.Field}}, {{json .Field}}, {{upper .Field}}, {{lower .Field}} or {{join .Field ","}}.',
    })
  }
  return (value) => transform(field(value, second), third === undefined ? ' ' : third.replace(/^"|"$/g, ''))
}

const functions: Readonly<Record<string, (value: unknown, argument: string) => string>> = {
  json: (value) => JSON.stringify(value ?? null),
  upper: (value) => show(value).toUpperCase(),
  lower: (value) => show(value).toLowerCase(),
  join: (value, separator) => (Array.isArray(value) ? value.map(show).join(separator) : show(value)),
}

/** `.` is the value itself; an unknown field is an error, since it is most often a typo. */
function field(value: unknown, path: string): unknown {
  return path
    .split('.')
    .filter((key) => key !== '')
    .reduce<unknown>((at, key) => {
      if (typeof at === 'object' && at !== null && Object.hasOwn(at, key)) return (at as Record<string, unknown>)[key]
      if (at === undefined || at === null) return undefined
      const known = typeof at === 'object' ? Object.keys(at).join(', ') : 'none'
      throw new CliError('USAGE', `the template names ${path}, and there is no field ${key}; fields: ${known}`)
    }, value)
}

function show(value: unknown): string {
  if (value === undefined || value === null) return '<no value>'
  return typeof value === 'object' ? JSON.stringify(value) : String(value)
}

/**
 * A line per row. `json` as template prints each row as one line of JSON; one that begins with `table ` prints columns,
 * separated by tabs in the template, under a header made of the names of the fields.
 */
export function formatRows(template: string, rows: readonly object[]): string {
  if (template.startsWith('table ')) return formatTable(template.slice('table '.length), rows)
  const format: Template = template === 'json' ? (row) => JSON.stringify(row) : compileTemplate(template)
  return rows.map((row) => `${format(row)}\n`).join('')
}

function formatTable(template: string, rows: readonly object[]): string {
  const columns = withEscapes(template).split('\t')
  const formats = columns.map(compileTemplate)
  return table(
    columns.map(headerOf),
    rows.map((row) => formats.map((format) => format(row))),
  )
}

/** `{{.Repository}}:{{.Tag}}` is headed `REPOSITORY:TAG`. */
function headerOf(column: string): string {
  return column.replace(/\{\{[^}]*?\.(\w+)[^}]*\}\}/g, (_, name: string) => headers[name] ?? spaced(name).toUpperCase())
}

const headers: Readonly<Record<string, string>> = { ID: 'IMAGE ID', CreatedSince: 'CREATED' }

function spaced(name: string): string {
  return name.replace(/(?<=[a-z])(?=[A-Z])/g, ' ')
}

/**
 * Templates for `--format`: Go's, as docker users type them. `{{.Name}}` and `{{.Config.Env}}` print a field,
 * `{{json .Field}}` prints JSON, `{{range .Mounts}}{{.Source}} {{end}}` goes through a list; `\t` and `\n` are tab and newline.
 * @module
 */
import { evaluateTemplate, parseTemplate } from './go-template/index.ts'
import { table } from './table.ts'

/** Prints one value; a template is compiled once and used for every row. */
export type Template = (value: unknown) => string

/** @throws CliError USAGE naming the part that is not understood. */
export function compileTemplate(text: string): Template {
  const nodes = parseTemplate(withEscapes(text))
  return (value) => evaluateTemplate(nodes, value)
}

function withEscapes(text: string): string {
  return text.replace(/\\([tn])/g, (_, letter) => (letter === 't' ? '\t' : '\n'))
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

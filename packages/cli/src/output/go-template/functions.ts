/**
 * The functions of templates: Go's and docker's.
 * @module
 */
import { CliError } from '../../errors.ts'

export type TemplateFunction = (...values: readonly unknown[]) => unknown

/** As it is printed. Go's own spelling of lists and maps is for debugging; here they are JSON. */
export function show(value: unknown): string {
  if (value === undefined || value === null) return '<no value>'
  return typeof value === 'object' ? JSON.stringify(value) : String(value)
}

/** As Go decides: not for false, 0, and what is empty. */
export function isTrue(value: unknown): boolean {
  if (typeof value === 'object' && value !== null) return Object.keys(value).length > 0
  return Boolean(value)
}

export const functions: Readonly<Record<string, TemplateFunction>> = {
  json: (value) => JSON.stringify(value ?? null),
  upper: (value) => show(value).toUpperCase(),
  lower: (value) => show(value).toLowerCase(),
  title: (value) => show(value).replace(/(?<!\w)\w/g, (letter) => letter.toUpperCase()),
  join: (value, separator = ' ') => (Array.isArray(value) ? value.map(show).join(show(separator)) : show(value)),
  split: (value, separator) => show(value).split(show(separator)),
  pad: (value, before, after) => `${' '.repeat(Number(before))}${show(value)}${' '.repeat(Number(after))}`,
  truncate: (value, length) => [...show(value)].slice(0, Number(length)).join(''),
  len: (value) => lengthOf(value),
  index: (value, ...keys) => keys.reduce(elementOf, value),
  print: (...values) => values.map(show).join(' '),
  println: (...values) => `${values.map(show).join(' ')}\n`,
  printf: (format, ...values) => printFormat(show(format), values),
  eq: (value, ...others) => others.some((other) => other === value),
  ne: (value, other) => value !== other,
  lt: (value, other) => compare(value, other) < 0,
  le: (value, other) => compare(value, other) <= 0,
  gt: (value, other) => compare(value, other) > 0,
  ge: (value, other) => compare(value, other) >= 0,
  and: (...values) => (values.every(isTrue) ? values.at(-1) : values.find((value) => !isTrue(value))),
  or: (...values) => values.find(isTrue) ?? values.at(-1),
  not: (value) => !isTrue(value),
}

function lengthOf(value: unknown): number {
  if (typeof value === 'string') return Buffer.byteLength(value)
  if (typeof value === 'object') return Object.keys(value ?? {}).length
  throw new CliError('USAGE', `the template asks for the length of ${show(value)}, which has none`)
}

/** Of a map what the key is not there for is empty, as docker prints it. */
function elementOf(value: unknown, key: unknown): unknown {
  if (Array.isArray(value)) {
    if (typeof key === 'number' && key >= 0 && key < value.length) return value[key]
    throw new CliError('USAGE', `the template asks for element ${show(key)} of a list of ${value.length}`)
  }
  if (value === undefined || value === null) return ''
  if (typeof value !== 'object') {
    throw new CliError('USAGE', `the template asks for element ${show(key)} of ${show(value)}, which has none`)
  }
  return Object.hasOwn(value, show(key)) ? (value as Record<string, unknown>)[show(key)] : ''
}

function compare(value: unknown, other: unknown): number {
  if (typeof value === 'number' && typeof other === 'number') return value - other
  if (typeof value === 'string' && typeof other === 'string') return value < other ? -1 : Number(value > other)
  throw new CliError('USAGE', `the template compares ${show(value)} with ${show(other)}, which are not of one kind`)
}

/** `%s`, `%v`, `%d`, `%t`, `%q`, `%f` with width and precision. */
function printFormat(format: string, values: readonly unknown[]): string {
  let at = 0
  return format.replace(/%(-?)(\d*)(?:\.(\d+))?([svdtqf%])/g, (_, left, width, precision, verb) => {
    if (verb === '%') return '%'
    const value = values[at]
    at += 1
    const text =
      verb === 'q'
        ? JSON.stringify(show(value))
        : verb === 'f'
          ? Number(value).toFixed(Number(precision ?? 6))
          : show(value)
    return left === '-' ? text.padEnd(Number(width)) : text.padStart(Number(width))
  })
}

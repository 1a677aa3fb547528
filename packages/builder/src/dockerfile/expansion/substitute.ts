/**
 * What a dollar sign begins: `$name`, `${name}`, and `${name` with a modifier.
 * @module
 */
import type { Expanded } from './expand.ts'
import { replacePattern, trimPattern } from './pattern.ts'
import { maxDepth, type Scanner } from './scanner.ts'

/** Passed in: a modifier's word is expanded like any text. */
type ExpandUntil = (scanner: Scanner, end: '}' | '/', keepEscapes?: boolean) => Expanded

/** Reads the variable and returns what it stands for. @throws EXPANSION_INVALID */
export function substitute(scanner: Scanner, expandUntil: ExpandUntil): string {
  scanner.next()
  if (scanner.peek() !== '{') {
    const name = variableName(scanner)
    if (name === '') return '$'
    const value = scanner.environment.get(name)
    return scanner.substituted(value ?? (scanner.options.unset === 'keep' ? `$${name}` : ''))
  }
  scanner.next()
  scanner.depth += 1
  if (scanner.depth > maxDepth) throw scanner.error(`substitutions are nested more than ${maxDepth} deep`)
  const value = braced(scanner, expandUntil)
  scanner.depth -= 1
  return scanner.substituted(value)
}

/** Letters, digits and underscores; or digits alone; or one of the special parameters. */
function variableName(scanner: Scanner): string {
  const first = scanner.peek()
  if (/^\p{Nd}/u.test(first)) return scanner.take(/^\p{Nd}/u)
  if (/^[@*#?\-$!]/.test(first)) return scanner.next()
  return scanner.take(/^[\p{L}\p{Nd}_]/u)
}

function braced(scanner: Scanner, expandUntil: ExpandUntil): string {
  const first = scanner.peek()
  if (first === '') throw scanner.error('there is no } that ends the substitution')
  if (first === '{' || first === '}' || first === ':') throw scanner.error('a substitution must begin with a name')
  const name = variableName(scanner)
  const value = scanner.environment.get(name)
  const keep = value === undefined && scanner.options.unset === 'keep'
  const operator = scanner.next()
  switch (operator) {
    case '}':
      return keep ? `\${${name}}` : (value ?? '')
    case ':':
    case '-':
    case '+':
    case '?': {
      const modifier = operator === ':' ? operator + scanner.next() : operator
      const word = expandUntil(scanner, '}', false).text
      return keep ? `\${${name}${modifier}${word}}` : chosen(scanner, { name, value, modifier, word })
    }
    case '#':
    case '%': {
      const word = expandUntil(scanner, '}', true).text
      if (keep) return `\${${name}${operator}${word}}`
      const isLongest = word.startsWith(operator)
      const pattern = isLongest ? word.slice(1) : word
      const side = operator === '#' ? 'start' : 'end'
      return checked(scanner, () => trimPattern(value ?? '', pattern, { side, isLongest }))
    }
    case '/': {
      const isEvery = scanner.peek() === '/'
      if (isEvery) scanner.next()
      const pattern = expandUntil(scanner, '/', true).text
      const replacement = expandUntil(scanner, '}', true).text
      if (keep) return `\${${name}${isEvery ? '//' : '/'}${pattern}/${replacement}}`
      return checked(scanner, () => replacePattern(value ?? '', pattern, { replacement, isEvery }))
    }
    default:
      throw scanner.error(
        operator === ''
          ? 'there is no } that ends the substitution'
          : `${JSON.stringify(operator)} is no modifier of a substitution`,
      )
  }
}

interface Choice {
  readonly name: string
  readonly value: string | undefined
  /** `-`, `+` or `?`; behind a colon an empty value counts as unset. */
  readonly modifier: string
  readonly word: string
}

function chosen(scanner: Scanner, { name, value, modifier, word }: Choice): string {
  const isUnset = value === undefined || (modifier.startsWith(':') && value === '')
  switch (modifier.at(-1)) {
    case '-':
      return isUnset ? word : value
    case '+':
      return isUnset ? '' : word
    case '?': {
      if (!isUnset) return value
      const reason = value === undefined ? 'is not allowed to be unset' : 'is not allowed to be empty'
      throw scanner.error(`${name}: ${word === '' ? reason : word}`)
    }
    default:
      throw scanner.error(`${JSON.stringify(modifier)} is no modifier of a substitution`)
  }
}

function checked(scanner: Scanner, apply: () => string): string {
  try {
    return apply()
  } catch (error) {
    if (error instanceof RangeError) throw scanner.error(error.message)
    throw error
  }
}

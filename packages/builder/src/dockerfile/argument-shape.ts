/**
 * The shape that the words behind an instruction have: a JSON array or a text, a JSON array or words, names with values, ...
 * @module
 */
import type { SourcePlace } from '../errors.ts'
import type { EscapeToken } from './ast.ts'
import { isSpace, trimStart } from './characters.ts'
import type { Keyword } from './keywords.ts'
import { invalid } from './place.ts'
import { blankSeparated, firstAndRest, quotedWords } from './words.ts'

export interface Arguments {
  /** As in `InstructionNode`. */
  readonly args: readonly string[]
  readonly isJson: boolean
}

interface ShapeContext {
  readonly keyword: Keyword
  readonly escapeToken: EscapeToken
  readonly place: SourcePlace
}

type Shape = (text: string, context: ShapeContext) => Arguments

/** ONBUILD has an instruction behind it, not arguments. */
const shapes: Readonly<Record<Exclude<Keyword, 'onbuild'>, Shape>> = {
  add: jsonOrWords,
  arg: quoted,
  cmd: jsonOrText,
  copy: jsonOrWords,
  entrypoint: jsonOrText,
  env: namesWithValues,
  expose: words,
  from: words,
  healthcheck: typeAndCommand,
  label: namesWithValues,
  maintainer: text,
  run: jsonOrText,
  shell: jsonOrText,
  stopsignal: text,
  user: text,
  volume: jsonOrWords,
  workdir: text,
}

/** @throws DOCKERFILE_INVALID */
export function shapeArguments(rest: string, context: ShapeContext): Arguments {
  return context.keyword === 'onbuild' ? words(rest) : shapes[context.keyword](rest, context)
}

function text(rest: string): Arguments {
  return { args: rest === '' ? [] : [rest], isJson: false }
}

function words(rest: string): Arguments {
  return { args: blankSeparated(rest), isJson: false }
}

function quoted(rest: string, { escapeToken }: ShapeContext): Arguments {
  return { args: quotedWords(rest, escapeToken), isJson: false }
}

function jsonOrText(rest: string, { place }: ShapeContext): Arguments {
  return jsonStrings(rest, place) ?? text(rest)
}

function jsonOrWords(rest: string, { place }: ShapeContext): Arguments {
  return jsonStrings(rest, place) ?? words(rest)
}

/** What is no JSON array is a text, without a word about it: `[ -f file ] && echo` is a command. */
function jsonStrings(rest: string, place: SourcePlace): Arguments | undefined {
  if (!trimStart(rest).startsWith('[')) return undefined
  let values: readonly unknown[]
  try {
    values = JSON.parse(rest)
  } catch {
    return undefined
  }
  const isString = (value: unknown) => typeof value === 'string'
  if (values.every(isString)) return { args: values, isJson: true }
  throw invalid(place, 'a JSON array behind an instruction may hold strings only')
}

function typeAndCommand(rest: string, context: ShapeContext): Arguments {
  let end = 0
  while (end < rest.length && !isSpace(rest.charAt(end))) end += 1
  if (end === 0) return words('')
  const { args, isJson } = jsonOrText(trimStart(rest.slice(end)), context)
  return { args: [rest.slice(0, end), ...args], isJson }
}

/** `name=value name=value ...`, or the old form with one pair, in which all behind the first word is the value. */
function namesWithValues(rest: string, { keyword, escapeToken, place }: ShapeContext): Arguments {
  const pairs = quotedWords(rest, escapeToken)
  const [first] = pairs
  if (first === undefined) return words('')
  if (!first.includes('=')) {
    const pair = firstAndRest(rest)
    if (pair !== undefined) return { args: [...pair, ''], isJson: false }
    throw invalid(place, `${keyword.toUpperCase()} must have two arguments, a name and a value`)
  }
  const args = pairs.flatMap((pair) => {
    const equals = pair.indexOf('=')
    if (equals >= 0) return [pair.slice(0, equals), pair.slice(equals + 1), '=']
    throw invalid(place, `there is no = in ${JSON.stringify(pair)}; it must have the form name=value`)
  })
  return { args, isJson: false }
}

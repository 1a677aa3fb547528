/**
 * The flags of an instruction, checked against what it has.
 * @module
 */
import { suggest } from '@tsreg/oci'
import type { SourcePlace } from '../../errors.ts'
import type { Keyword } from '../keywords.ts'
import { invalid, unsupported } from '../place.ts'
import { type FlagRule, flagRules } from './flag-rules.ts'

/** The values by name, without `--`; a flag given without a value has none here, and is boolean. */
export type Flags = ReadonlyMap<string, string>

/**
 * @param written `--name=value` as in the node
 * @throws FLAG_UNKNOWN; FEATURE_UNSUPPORTED for a flag that cannot be obeyed yet; DOCKERFILE_INVALID for one that is given
 * twice, lacks its value, or has one that is no boolean
 */
export function readFlags(written: readonly string[], keyword: Keyword, place: SourcePlace): Flags {
  const flags = new Map<string, string>()
  for (const flag of written) {
    const equals = flag.indexOf('=')
    const name = flag.slice(2, equals < 0 ? undefined : equals)
    const rule = ruleOf(name, keyword, place)
    if (flags.has(name) && rule.isList !== true) throw invalid(place, `the flag --${name} stands there twice`)
    const value = checkedValue(equals < 0 ? undefined : flag.slice(equals + 1), { name, rule, place })
    if (rule.only !== undefined && rule.only.value !== value) {
      const isPlain = value === 'true' && rule.takes === 'boolean'
      throw unsupported(place, `${keyword.toUpperCase()} --${name}${isPlain ? '' : `=${value}`}`)
    }
    flags.set(name, value)
  }
  return flags
}

function ruleOf(name: string, keyword: Keyword, place: SourcePlace): FlagRule {
  const rules = flagRules[keyword]
  const rule = Object.hasOwn(rules, name) ? rules[name] : undefined
  if (rule !== undefined) return rule
  const nearest = suggest(name, Object.keys(rules))
  const hint = nearest === undefined ? '' : `, did you mean --${nearest}?`
  const instruction = keyword.toUpperCase()
  throw invalid(place, `${instruction} has no flag --${name.slice(0, 100)}${hint}`, {
    code: 'FLAG_UNKNOWN',
    detail: { flag: name, known: Object.keys(rules) },
  })
}

interface ValueContext {
  readonly name: string
  readonly rule: FlagRule
  readonly place: SourcePlace
}

function checkedValue(value: string | undefined, { name, rule, place }: ValueContext): string {
  if (rule.takes === 'text') {
    if (value === undefined) throw invalid(place, `the flag --${name} has no value; write --${name}=VALUE`)
    return value
  }
  const isTrue = value === undefined || value === '' || value.toLowerCase() === 'true'
  if (isTrue) return 'true'
  if (value.toLowerCase() === 'false') return 'false'
  throw invalid(place, `the flag --${name} is true or false, not ${JSON.stringify(value)}`)
}

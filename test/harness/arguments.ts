/**
 * The command line every suite shares: `--scale ci|full`, `--seed N`, `--evidence`, `--install`, `--keep`, `--peer NAME`,
 * and the flags a suite adds.
 * @module
 */

import { randomInt } from 'node:crypto'
import { parseArgs } from 'node:util'
import { type ServerKind, serverKinds } from './server-kinds.ts'

/** `ci` fits a pull request; `full` is what is recorded under docs/evidence. */
export type Scale = 'ci' | 'full'

export interface SuiteArguments {
  readonly scale: Scale
  /** Drives every random decision of the suite; drawn anew and printed when not given. */
  readonly seed: number
  /** Write docs/evidence/<script>.json at the end. */
  readonly evidence: boolean
  /** Install missing prerequisites instead of failing. */
  readonly install: boolean
  /** Leave the work directory behind. */
  readonly keep: boolean
  /** What is under test: `tsreg` unless `--peer` names another registry, which checks the suite itself. */
  readonly server: ServerKind
  /** The flags the suite asked for by name, as given. */
  readonly flags: Readonly<Record<string, string | boolean | undefined>>
}

/** A flag of one suite: `string` takes a value, `boolean` none. */
export type SuiteFlags = Readonly<Record<string, { readonly type: 'string' | 'boolean' }>>

/**
 * Reads `process.argv`; an unknown flag or value is an error.
 * @throws TypeError naming the flag
 */
export function parseSuiteArguments(flags: SuiteFlags = {}, argv = process.argv.slice(2)): SuiteArguments {
  const { values } = parseArgs({ args: argv, options: { ...commonFlags, ...flags }, strict: true })
  const given: Record<string, string | boolean | undefined> = values
  return {
    scale: oneOf('--scale', given.scale ?? 'ci', ['ci', 'full']),
    seed: seedOf(given.seed),
    evidence: given.evidence === true,
    install: given.install === true,
    keep: given.keep === true,
    server: oneOf('--peer', given.peer ?? 'tsreg', serverKinds),
    flags: given,
  }
}

const commonFlags = {
  scale: { type: 'string' },
  seed: { type: 'string' },
  evidence: { type: 'boolean' },
  install: { type: 'boolean' },
  keep: { type: 'boolean' },
  peer: { type: 'string' },
} as const

function oneOf<T extends string>(flag: string, value: string | boolean, allowed: readonly T[]): T {
  const found = allowed.find((candidate) => candidate === value)
  if (found === undefined) throw new TypeError(`${flag} is ${value}: give one of ${allowed.join(', ')}`)
  return found
}

function seedOf(value: string | boolean | undefined): number {
  if (value === undefined) return randomInt(2 ** 32)
  const seed = Number(value)
  if (!Number.isInteger(seed) || seed < 0 || seed >= 2 ** 32) {
    throw new TypeError(`--seed is ${value}: give an integer from 0 to 4294967295`)
  }
  return seed
}

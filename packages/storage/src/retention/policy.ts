/**
 * What a retention policy says, and what comes of it for a tag.
 * @module
 */
import type { Digest } from '@tsreg/oci'
import type { OperationOptions } from '@tsreg/oci/content'

/**
 * The first rule that is about a tag decides about it; a tag that no rule is about is kept. With both limits a tag goes only
 * when both let it go.
 */
export interface RetentionRule {
  /** Patterns of repositories, see `compileGlob`. @default all */
  readonly repositories?: readonly string[] | undefined
  /** Patterns of tags. @default all */
  readonly tags?: readonly string[] | undefined
  /** Keeps every tag that the rule is about; the limits below do not apply. */
  readonly keep?: boolean | undefined
  /** Of each repository the so many newest of these tags are kept, by the time of their push. */
  readonly keepLast?: number | undefined
  /** Only tags pushed longer ago than so many milliseconds go. */
  readonly olderThanMs?: number | undefined
}

export interface RetentionPolicy {
  readonly rules: readonly RetentionRule[]
}

export interface RetentionOptions extends OperationOptions {
  /** Also tells of the tags that no rule is about, which costs listing them. @default false */
  readonly all?: boolean
}

/**
 * Kept: `no-rule`, `keep` (by a rule that keeps all), `last` (among the newest), `young`, `unknown-age` (its time of push
 * cannot be read). Given up: `beyond-last` (newer ones fill the number), `old`.
 */
export type RetentionReason = 'no-rule' | 'keep' | 'last' | 'young' | 'unknown-age' | 'beyond-last' | 'old'

export interface RetentionDecision {
  readonly repository: string
  readonly tag: string
  /** What it names, and since when (ISO 8601); absent where the decision needed no look at it. */
  readonly digest?: Digest
  readonly pushedAt?: string
  readonly keep: boolean
  /** Which rule decided, from 1 on. */
  readonly rule?: number
  readonly why: RetentionReason
}

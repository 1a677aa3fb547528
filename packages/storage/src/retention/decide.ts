/**
 * Applies a retention policy: which tags stay and which go, and why. Decides only; garbage collection takes what is given up,
 * each tag only as it was seen here. Memory is bounded by what `keepLast` of the rules keeps of one repository.
 * @module
 */
import { mapBounded } from '../bounded.ts'
import { isTombstone } from '../cells.ts'
import type { StorageContext } from '../context.ts'
import type { GarbageDrop } from '../garbage-collect/report.ts'
import { pagesOf } from '../listing.ts'
import { catalogPrefix, decodeName, tagPrefix } from '../paths.ts'
import { readTag } from '../tag-cell.ts'
import { compileGlob } from './glob.ts'
import { type Dated, type Newest, newest } from './newest.ts'
import type { RetentionDecision, RetentionOptions, RetentionPolicy, RetentionReason, RetentionRule } from './policy.ts'

/** A rule, made ready. */
interface Rule extends Pick<RetentionRule, 'keep' | 'olderThanMs'> {
  /** From 1 on. */
  readonly number: number
  readonly keepLast: number | undefined
  readonly isAboutRepository: (name: string) => boolean
  readonly isAboutTag: (tag: string) => boolean
}

interface DatedTag extends Dated {
  readonly digest: NonNullable<RetentionDecision['digest']>
  readonly pushedAt: string
}

/** Repository by repository, in no order within one. */
export async function* decideRetention(
  context: StorageContext,
  policy: RetentionPolicy,
  options: RetentionOptions = {},
): AsyncGenerator<RetentionDecision> {
  const { all = false, signal } = options
  const rules = policy.rules.map(makeReady)
  for await (const page of pagesOf(context.bucket, { prefix: catalogPrefix, signal })) {
    for (const { key } of page) {
      const repository = decodeName(key.slice(catalogPrefix.length))
      const about = rules.filter(({ isAboutRepository }) => isAboutRepository(repository))
      if (all || about.length > 0) yield* decideRepository(context, { repository, rules: about, all }, { signal })
    }
  }
}

/** What of the decisions garbage collection has to take. */
export async function* dropsOf(decisions: AsyncIterable<RetentionDecision>): AsyncGenerator<GarbageDrop> {
  for await (const { keep, repository, tag, digest, pushedAt } of decisions) {
    if (!keep && digest !== undefined && pushedAt !== undefined) {
      yield { what: 'tag', repository, tag, digest, pushedAt }
    }
  }
}

interface Part {
  readonly repository: string
  /** Those about the repository, in their order. */
  readonly rules: readonly Rule[]
  readonly all: boolean
}

async function* decideRepository(
  context: StorageContext,
  { repository, rules, all }: Part,
  options: Pick<RetentionOptions, 'signal'>,
): AsyncGenerator<RetentionDecision> {
  const { now } = context.options
  const kept = new Map<Rule, Newest<DatedTag>>()
  const prefix = tagPrefix(repository)
  for await (const page of pagesOf(context.bucket, { prefix, signal: options.signal })) {
    const tags = page.filter((entry) => !isTombstone(entry)).map(({ key }) => key.slice(prefix.length))
    const found = await mapBounded(tags, async (tag) => {
      const rule = rules.find(({ isAboutTag }) => isAboutTag(tag))
      return { tag, rule, dated: needsDate(rule) ? await dateOf(context, repository, tag, options) : undefined }
    })
    for (const { tag, rule, dated } of found) {
      if (rule === undefined) {
        if (all) yield { repository, tag, keep: true, why: 'no-rule' }
      } else if (rule.keep) yield { repository, tag, keep: true, rule: rule.number, why: 'keep' }
      // Undefined: it died since the listing.
      else if (dated !== undefined) {
        const decided = Number.isNaN(dated.pushedMs) ? dated : keepNewest(kept, rule, dated)
        if (decided !== undefined) yield decision(repository, rule, decided, judge(rule, decided, now()))
      }
    }
  }
  for (const [rule, last] of kept) for (const item of last.items()) yield decision(repository, rule, item, 'last')
}

function needsDate(rule: Rule | undefined): boolean {
  return rule !== undefined && rule.keep !== true
}

/** The tag that the rule's number does not keep; undefined: none so far. */
function keepNewest(kept: Map<Rule, Newest<DatedTag>>, rule: Rule, tag: DatedTag): DatedTag | undefined {
  if (rule.keepLast === undefined) return tag
  const last = kept.get(rule) ?? newest<DatedTag>(rule.keepLast)
  kept.set(rule, last)
  return last.add(tag)
}

/** Of a tag that is not among the newest. */
function judge({ keepLast, olderThanMs }: Rule, { pushedMs }: Dated, nowMs: number): RetentionReason {
  if (Number.isNaN(pushedMs)) return 'unknown-age'
  if (olderThanMs !== undefined && nowMs - pushedMs <= olderThanMs) return 'young'
  return keepLast === undefined ? 'old' : 'beyond-last'
}

function decision(repository: string, rule: Rule, tag: DatedTag, why: RetentionReason): RetentionDecision {
  const keep = why !== 'beyond-last' && why !== 'old'
  return { repository, tag: tag.tag, digest: tag.digest, pushedAt: tag.pushedAt, keep, rule: rule.number, why }
}

async function dateOf(
  context: StorageContext,
  repository: string,
  tag: string,
  options: Pick<RetentionOptions, 'signal'>,
): Promise<DatedTag | undefined> {
  const { header } = await readTag(context, { repository, tag }, options)
  return header && { tag, digest: header.digest, pushedAt: header.pushedAt, pushedMs: Date.parse(header.pushedAt) }
}

function makeReady(rule: RetentionRule, index: number): Rule {
  const { repositories = ['**'], tags = ['*'], keep, keepLast, olderThanMs } = rule
  return {
    number: index + 1,
    keep,
    keepLast,
    olderThanMs,
    isAboutRepository: anyOf(repositories),
    isAboutTag: anyOf(tags),
  }
}

function anyOf(patterns: readonly string[]): (name: string) => boolean {
  const matchers = patterns.map(compileGlob)
  return (name) => matchers.some((matches) => matches(name))
}

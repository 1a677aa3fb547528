import { beforeEach, describe, expect, test } from '@jest/globals'
import { makeImage } from '@tsreg/testkit'
import { memoryBucket } from '../bucket/index.ts'
import { cellsOf } from '../cells.ts'
import { tagKey } from '../paths.ts'
import type { RegistryStorage } from '../repository.ts'
import { openStorage } from '../storage.ts'
import { pushGraphTo } from '../testing/repository-fixtures.ts'
import { dropsOf, type RetentionDecision, type RetentionPolicy } from './index.ts'
import { newest } from './newest.ts'

const hour = 3_600_000
const startMs = Date.parse('2026-01-01T00:00:00Z')
let nowMs = startMs
let bucket: ReturnType<typeof memoryBucket>
let storage: RegistryStorage

beforeEach(async () => {
  nowMs = startMs
  bucket = memoryBucket()
  storage = await openStorage(bucket, { now: () => nowMs, cacheTtlMs: 0 })
})

/** Pushes the tags an hour apart, the first one first. */
async function push(name: string, ...tags: string[]): Promise<void> {
  for (const tag of tags) {
    await pushGraphTo(storage.repository(name), makeImage({ seed: 1 }), tag)
    nowMs += hour
  }
}

async function decide(policy: RetentionPolicy, all = false): Promise<Record<string, string>> {
  const decided: Record<string, string> = {}
  for await (const { repository, tag, keep, rule, why } of storage.retention(policy, { all })) {
    decided[`${repository}:${tag}`] = `${keep ? 'kept' : 'goes'} ${rule ?? '-'} ${why}`
  }
  return decided
}

describe('a retention policy', () => {
  test('keeps the last ones of each repository, by the time of their push', async () => {
    await push('a', 'z', 'm', 'b')
    await push('b/c', 'only')
    expect(await decide({ rules: [{ keepLast: 2 }] })).toEqual({
      'a:z': 'goes 1 beyond-last',
      'a:m': 'kept 1 last',
      'a:b': 'kept 1 last',
      'b/c:only': 'kept 1 last',
    })
  })

  test('a tag that is pushed again is new', async () => {
    await push('a', 'x', 'y', 'z', 'x')
    expect(await decide({ rules: [{ keepLast: 1 }] })).toMatchObject({
      'a:x': 'kept 1 last',
      'a:z': 'goes 1 beyond-last',
    })
  })

  test('gives up what is older than it says, to the millisecond', async () => {
    await push('a', 'old', 'new')
    nowMs = startMs + 3 * hour
    expect(await decide({ rules: [{ olderThanMs: 2 * hour }] })).toEqual({
      'a:old': 'goes 1 old',
      'a:new': 'kept 1 young',
    })
    expect(await decide({ rules: [{ olderThanMs: 3 * hour }] })).toMatchObject({ 'a:old': 'kept 1 young' })
  })

  test('with both limits gives up only what both let go', async () => {
    await push('a', 't1', 't2', 't3', 't4')
    expect(await decide({ rules: [{ keepLast: 1, olderThanMs: 2.5 * hour }] })).toEqual({
      'a:t1': 'goes 1 beyond-last',
      'a:t2': 'goes 1 beyond-last',
      'a:t3': 'kept 1 young',
      'a:t4': 'kept 1 last',
    })
  })

  test('the first rule that is about a tag decides; numbers count the tags of one rule only', async () => {
    await push('ci/app', 'pr-1', 'v1', 'pr-2', 'latest', 'v2')
    await push('prod/app', 'pr-1')
    const rules = [
      { tags: ['latest'], keep: true },
      { repositories: ['ci/*'], tags: ['pr-*'], keepLast: 1 },
      { repositories: ['ci/**'], tags: ['v*'], keepLast: 1 },
    ]
    expect(await decide({ rules }, true)).toEqual({
      'ci/app:latest': 'kept 1 keep',
      'ci/app:pr-1': 'goes 2 beyond-last',
      'ci/app:pr-2': 'kept 2 last',
      'ci/app:v1': 'goes 3 beyond-last',
      'ci/app:v2': 'kept 3 last',
      'prod/app:pr-1': 'kept - no-rule',
    })
    expect(await decide({ rules })).not.toHaveProperty(['prod/app:pr-1'])
    expect(await decide({ rules: [] }, true)).toMatchObject({ 'ci/app:v1': 'kept - no-rule' })
  })

  test('keeps a tag whose time of push cannot be read, or lies in the future', async () => {
    await push('a', 'broken', 'future')
    for (const [tag, pushedAt] of [
      ['broken', 'yesterday'],
      ['future', '2099-01-01T00:00:00.000Z'],
    ] as const) {
      const { header, version } = await cellsOf(bucket).read<object>(tagKey('a', tag))
      await cellsOf(bucket).write({ key: tagKey('a', tag), version, header: { ...header, pushedAt } })
    }
    nowMs += 1000 * hour
    expect(await decide({ rules: [{ olderThanMs: hour }] })).toEqual({
      'a:broken': 'kept 1 unknown-age',
      'a:future': 'kept 1 young',
    })
  })

  test('what it gives up goes with garbage collection, and only as it was seen', async () => {
    await push('a', 'old', 'moved', 'new')
    const decisions: RetentionDecision[] = []
    for await (const decision of storage.retention({ rules: [{ keepLast: 1 }] })) decisions.push(decision)
    await push('a', 'moved')
    const report = await storage.collectGarbage({ drops: dropsOf(each(decisions)) })
    expect(report.tags.removed).toBe(1)
    expect((await storage.repository('a').tags.list({ limit: 10 })).items).toEqual(['moved', 'new'])
  })

  test('a dry run of garbage collection takes nothing', async () => {
    await push('a', 'old', 'new')
    const drops = dropsOf(storage.retention({ rules: [{ keepLast: 1 }] }))
    const findings: unknown[] = []
    await storage.collectGarbage({ dryRun: true, drops, onFinding: (finding) => void findings.push(finding) })
    expect(findings).toMatchObject([{ what: 'tag', tag: 'old', why: 'policy' }])
    expect((await storage.repository('a').tags.list({ limit: 10 })).items).toEqual(['new', 'old'])
  })
})

test('the newest of many are those that a sort finds', () => {
  const items = Array.from({ length: 500 }, (_, n) => ({ pushedMs: (n * 7919) % 97, tag: `t${n}` }))
  const last = newest<(typeof items)[number]>(40)
  const evicted = items.map((item) => last.add(item)).filter((item) => item !== undefined)
  const sorted = items.toSorted((a, b) => a.pushedMs - b.pushedMs || (a.tag < b.tag ? -1 : 1))
  expect(new Set(last.items())).toEqual(new Set(sorted.slice(-40)))
  expect(evicted).toHaveLength(460)
})

async function* each<T>(items: readonly T[]): AsyncGenerator<T> {
  yield* items
}

import { describe, expect, test } from '@jest/globals'
import { digestOf } from '@tsreg/oci'
import { allDigests, blobScope, hiOf, loOf, markSet, onlyWanted, scopeOf } from './mark-set.ts'

const digests = Array.from({ length: 20_000 }, (_, n) => digestOf(String(n)).slice(7))
const words = digests.map((hex) => [hiOf(hex), loOf(hex)] as const)
const wordsOf = (n: number) => words[n] ?? ([0, 0] as const)

describe('a set of marks', () => {
  test('has what was added, in its scope, and nothing else', () => {
    const marks = markSet({ bytes: 1e8 })
    const scopes = [blobScope, scopeOf('link', 'a'), scopeOf('link', 'b'), scopeOf('manifest', 'a')]
    for (let n = 0; n < 10_000; n++) marks.add(...wordsOf(n), scopes[n % 4] ?? 0)
    for (let n = 0; n < 10_000; n++) marks.add(...wordsOf(n), scopes[n % 4] ?? 0)
    expect(marks.size).toBe(10_000)
    expect(marks.limit).toBe(allDigests)
    let found = 0
    for (let n = 0; n < 20_000; n++) for (const scope of scopes) if (marks.has(...wordsOf(n), scope)) found++
    expect(found).toBe(10_000)
  })

  test('holds digests that begin with zeros or ones', () => {
    const marks = markSet({ bytes: 1e6 })
    expect(marks.has(0, 0, blobScope)).toBe(false)
    marks.add(0, 0, blobScope)
    marks.add(0xffff_ffff, 0xffff_ffff, blobScope)
    expect([marks.has(0, 0, blobScope), marks.has(0xffff_ffff, 0xffff_ffff, blobScope)]).toEqual([true, true])
  })

  test('that is full keeps a lower range of digests whole; ranges one after the other cover all', () => {
    const count = 20_000
    const covered = new Set<number>()
    let passes = 0
    for (let from = 0; from < allDigests; passes++) {
      const marks = markSet({ bytes: 60_000, from })
      for (let n = 0; n < count; n++) marks.add(...wordsOf(n), blobScope)
      expect(marks.size).toBeLessThanOrEqual(4096)
      for (let n = 0; n < count; n++) {
        const [hi, lo] = wordsOf(n)
        const inRange = hi >= from && hi < marks.limit
        if (marks.has(hi, lo, blobScope) !== inRange) throw new Error(`${n} is ${inRange ? 'not ' : ''}there`)
        if (inRange) covered.add(n)
      }
      from = marks.limit
    }
    expect(covered.size).toBe(count)
    expect(passes).toBeGreaterThan(4)
  })

  test('grows beyond its memory when one first word alone is too much for it', () => {
    const marks = markSet({ bytes: 1 })
    for (let n = 0; n < 5000; n++) marks.add(0, n, blobScope)
    expect(marks.limit).toBe(1)
    expect(marks.size).toBe(5000)
  })

  test('can be kept to what is wanted', () => {
    const [wanted, marks] = [markSet({ bytes: 1e6 }), markSet({ bytes: 1e6 })]
    wanted.add(...wordsOf(1), blobScope)
    const sink = onlyWanted(wanted, marks)
    for (let n = 0; n < 1000; n++) sink.add(...wordsOf(n), blobScope)
    expect([marks.size, marks.has(...wordsOf(1), blobScope)]).toEqual([1, true])
  })
})

import { describe, expect, test } from '@jest/globals'
import { compare, hash } from 'bcrypt'
import { passwordCheck, unmatchableHash } from './password-check.ts'

describe('password check', () => {
  test('the same question asked at a time is computed once', async () => {
    const stored = await hash('p', 4)
    const check = passwordCheck()
    const first = check.verify('u', 'p', stored)
    expect(check.verify('u', 'p', stored)).toBe(first)
    expect(check.verify('u', 'q', stored)).not.toBe(first)
    expect(await first).toBe('right')
  })

  test('no more computations wait than may', async () => {
    const stored = await hash('p', 4)
    const check = passwordCheck({ concurrency: 1, queueLength: 2 })
    const verdicts = await Promise.all(['a', 'b', 'c', 'd', 'p'].map((password) => check.verify('u', password, stored)))
    expect(verdicts).toEqual(['wrong', 'wrong', 'wrong', 'busy', 'busy'])
    expect(await check.verify('u', 'p', stored)).toBe('right')
  })

  test('only as many right ones are remembered as may, the oldest goes', async () => {
    const stored = await hash('p', 4)
    const check = passwordCheck({ cacheSize: 2 })
    for (const user of ['a', 'b', 'c']) await check.verify(user, 'p', stored)
    expect(['a', 'b', 'c'].map((user) => check.remembered(user, 'p', stored))).toEqual([false, true, true])
    expect(check.remembered('c', 'q', stored)).toBe(false)
  })

  test('an unmatchable hash is one that bcrypt computes, of the cost wanted', async () => {
    expect(unmatchableHash(5)).toMatch(/^\$2b\$05\$[./A-Za-z0-9]{53}$/)
    expect(await compare('anything', unmatchableHash(5))).toBe(false)
    expect(unmatchableHash(5)).not.toBe(unmatchableHash(5))
  })
})

import { describe, expect, test } from '@jest/globals'
import { forEachLimited, limiter } from './limit.ts'

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

describe('limiter', () => {
  test('never more than the limit run, and all do, in order', async () => {
    const limit = limiter(3)
    const begun: number[] = []
    let running = 0
    let most = 0
    const results = await Promise.all(
      Array.from({ length: 20 }, (_, item) =>
        limit(async () => {
          begun.push(item)
          most = Math.max(most, ++running)
          await turn()
          running--
          return item
        }),
      ),
    )
    expect(most).toBe(3)
    expect(results).toEqual(begun)
    expect(begun).toEqual(Array.from({ length: 20 }, (_, item) => item))
  })

  test('a failure frees its slot', async () => {
    const limit = limiter(1)
    await expect(limit(() => Promise.reject(new Error('boom')))).rejects.toThrow('boom')
    expect(await limit(async () => 'next')).toBe('next')
  })

  test.each([0, -1, 1.5, Number.NaN])('a limit of %d is a TypeError', (limit) => {
    expect(() => limiter(limit)).toThrow(TypeError)
  })
})

describe('forEachLimited', () => {
  test('after a failure nothing further is begun, and what runs is waited for', async () => {
    const begun: number[] = []
    const ended: number[] = []
    const run = forEachLimited([0, 1, 2, 3, 4], 2, async (item) => {
      begun.push(item)
      if (item === 0) throw new Error('boom')
      await turn()
      await turn()
      ended.push(item)
    })
    await expect(run).rejects.toThrow('boom')
    expect(begun).toEqual([0, 1])
    expect(ended).toEqual([1])
  })

  test('no items are no work', async () => {
    await expect(forEachLimited([], 4, () => Promise.reject(new Error('called')))).resolves.toBeUndefined()
  })
})

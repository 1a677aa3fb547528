import { expect, test } from '@jest/globals'
import { readCache } from './read-cache.ts'

function cacheAt(clock: { now: number }, maxBytes = 1_000_000) {
  return readCache({ ttlMs: 100, maxBytes, now: () => clock.now })
}
const size = () => 1000

test('what was found answers until its time is over, what was not found is looked for again', async () => {
  const clock = { now: 0 }
  const cache = cacheAt(clock)
  let loads = 0
  const load = (value: string | undefined) => async () => {
    loads++
    return value
  }
  expect(await cache.through('a', load(undefined), size)).toBeUndefined()
  expect(await cache.through('a', load('x'), size)).toBe('x')
  expect(await cache.through('a', load('y'), size)).toBe('x')
  clock.now = 100
  expect(await cache.through('a', load('z'), size)).toBe('z')
  expect(loads).toBe(3)
})

test('a read that began before a deletion is not remembered', async () => {
  const cache = cacheAt({ now: 0 })
  const { promise, resolve } = Promise.withResolvers<string>()
  const reading = cache.through('a', () => promise, size)
  cache.drop('a')
  resolve('old')
  expect(await reading).toBe('old')
  expect(await cache.through('a', async () => undefined, size)).toBeUndefined()
})

test('the least recently read go when the memory is used up', async () => {
  const cache = cacheAt({ now: 0 }, 14_000)
  const read = (key: string) => cache.through(key, async () => `new ${key}`, size)
  const peek = (key: string) => cache.through(key, async () => undefined, size)
  for (let n = 0; n < 10; n++) await read(`k${n}`)
  await read('k0')
  await read('k10')
  expect([await peek('k1'), await peek('k0'), await peek('k10')]).toEqual([undefined, 'new k0', 'new k10'])
})

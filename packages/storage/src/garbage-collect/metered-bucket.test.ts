import { expect, test } from '@jest/globals'
import { memoryBucket } from '../bucket/index.ts'
import { meteredBucket } from './metered-bucket.ts'

test('requests are counted by method, each write of a batch as one', async () => {
  const { bucket, requests } = meteredBucket(memoryBucket(), 0)
  const body = Buffer.from('x')
  await bucket.put('a', body)
  await bucket.batch(['b', 'c'].map((key) => ({ key, body })))
  await bucket.read('a')
  await bucket.stat('a')
  await bucket.list({ prefix: '' })
  await bucket.delete('a')
  expect(requests).toEqual({ list: 1, read: 2, write: 3, delete: 1 })
})

test('no more requests than allowed are made, on average, and a signal ends the waiting', async () => {
  const { bucket, requests } = meteredBucket(memoryBucket(), 1000)
  const begun = performance.now()
  await Promise.all(Array.from({ length: 100 }, () => bucket.read('a')))
  expect(performance.now() - begun).toBeGreaterThan(90)
  expect(requests.read).toBe(100)

  const slow = meteredBucket(memoryBucket(), 0.001).bucket
  await slow.read('a')
  const controller = new AbortController()
  const waiting = slow.read('a', { signal: controller.signal })
  controller.abort(new Error('stopped'))
  await expect(waiting).rejects.toThrow('abort')
})

test('others get a turn while a bucket answers at once', async () => {
  const { bucket } = meteredBucket(memoryBucket(), 0)
  let turns = 0
  const timer = setInterval(() => turns++, 0)
  for (let n = 0; n < 20_000; n++) await bucket.read('a')
  clearInterval(timer)
  expect(turns).toBeGreaterThan(2)
})

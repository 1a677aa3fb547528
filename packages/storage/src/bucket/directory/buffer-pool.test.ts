import { expect, test } from '@jest/globals'
import { bufferPool, nextBufferSize } from './buffer-pool.ts'

const kib = 1024
const mib = 1024 * kib

test('buffers are recycled and counted', () => {
  const pool = bufferPool(mib)
  const first = pool.take(64 * kib)
  expect(pool.usedBytes).toBe(64 * kib)
  pool.give(first)
  expect(pool.usedBytes).toBe(0)
  expect(pool.take(64 * kib)).toBe(first)
  pool.forget(first)
  expect(pool.usedBytes).toBe(0)
  expect(pool.take(64 * kib)).not.toBe(first)
})

test('a reader grows by what its consumer has drained, up to 1 MiB', () => {
  const free = 96 * mib
  expect(nextBufferSize(64 * kib, 0, free)).toBe(64 * kib)
  expect(nextBufferSize(64 * kib, 511 * kib, free)).toBe(64 * kib)
  expect(nextBufferSize(64 * kib, 512 * kib, free)).toBe(128 * kib)
  expect(nextBufferSize(512 * kib, 4 * mib, free)).toBe(mib)
  expect(nextBufferSize(mib, 100 * mib, free)).toBe(mib)
})

test('when little is free readers shrink, but never below a block', () => {
  expect(nextBufferSize(mib, 100 * mib, 15 * mib)).toBe(512 * kib)
  expect(nextBufferSize(64 * kib, 100 * mib, -mib)).toBe(64 * kib)
  expect(nextBufferSize(128 * kib, 100 * mib, 0)).toBe(64 * kib)
})

test('readers that keep their buffers leave some for whoever comes next', () => {
  const pool = bufferPool(96 * mib)
  for (let reader = 0; reader < 500; reader++) {
    let size = 64 * kib
    for (let step = 0; step < 5; step++) size = pool.nextSize(size, 100 * mib)
    pool.take(size)
    pool.take(size)
  }
  expect(pool.usedBytes).toBeLessThanOrEqual(96 * mib)
})

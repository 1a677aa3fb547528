import { expect, test } from '@jest/globals'
import { seededBytes } from '../../testing/bucket-fixtures.ts'
import { bufferPool, nextBufferSize } from './buffer-pool.ts'
import { pagePool } from './page-pool.ts'

const kib = 1024
const mib = 1024 * kib

test('buffers are recycled and counted', () => {
  const pool = bufferPool(mib, pagePool())
  const first = pool.take(64 * kib)
  expect(pool.usedBytes).toBe(64 * kib)
  pool.give(first)
  expect(pool.usedBytes).toBe(0)
  expect(pool.take(64 * kib)).toBe(first)
  pool.forget(first)
  expect(pool.usedBytes).toBe(0)
  const others = Array.from({ length: 100 }, () => pool.take(64 * kib))
  expect(others).not.toContain(first)
  expect(new Set(others).size).toBe(100)
})

test('buffers in use never overlap, whatever is given back and forgotten', () => {
  const pages = pagePool()
  const pool = bufferPool(8 * mib, pages)
  const inUse: Buffer[] = []
  const order = seededBytes(4000, 1)
  for (const [i, byte] of order.entries()) {
    if (byte % 2 === 0 || inUse.length === 0) {
      const buffer = pool.take(64 * kib * 2 ** (byte % 5))
      buffer.writeUInt32LE(i)
      buffer.writeUInt32LE(i, buffer.byteLength - 4)
      inUse.push(buffer)
    } else {
      const [buffer = Buffer.alloc(0)] = inUse.splice(byte % inUse.length, 1)
      expect(buffer.readUInt32LE()).toBe(buffer.readUInt32LE(buffer.byteLength - 4))
      if (byte % 7 === 0) pool.forget(buffer)
      else pool.give(buffer)
    }
    expect(pool.usedBytes).toBe(inUse.reduce((sum, { byteLength }) => sum + byteLength, 0))
  }
  for (const buffer of inUse) pool.give(buffer)
  expect(pool.usedBytes).toBe(0)
  expect(pages.freeBytes).toBeGreaterThan(0)
})

test('pages that were not needed for a while are let go', () => {
  const pages = pagePool()
  const taken = Array.from({ length: 10 }, () => pages.take())
  for (const page of taken) pages.give(page)
  pages.trim()
  expect(pages.freeBytes).toBe(10 * mib)
  const some = [pages.take(), pages.take(), pages.take()]
  for (const page of some) pages.give(page)
  pages.trim()
  expect(pages.freeBytes).toBe(3 * mib)
  pages.trim()
  expect(pages.freeBytes).toBe(0)
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

import { expect, test } from '@jest/globals'
import { seededBytes } from '../../testing/bucket-fixtures.ts'
import { chunkBatch } from './chunk-batch.ts'

test('chunks of all sizes come out in order, small ones gathered', () => {
  const batch = chunkBatch()
  const sizes = [1, 2, 40_000, 3, 16_383, 16_384, 5, 60_000, 0, 9]
  const chunks = sizes.map((size, seed) => seededBytes(size, seed))
  for (const chunk of chunks) batch.add(chunk)
  expect(batch.bytes).toBe(chunks.reduce((sum, { byteLength }) => sum + byteLength, 0))
  expect(Buffer.concat(batch.take()).equals(Buffer.concat(chunks))).toBe(true)
  expect(batch.bytes).toBe(0)
  expect(batch.take()).toEqual([])
})

test('a million bytes in chunks of one byte become a few buffers', () => {
  const batch = chunkBatch()
  const content = seededBytes(1_000_000, 1)
  for (let at = 0; at < content.byteLength; at++) batch.add(content.subarray(at, at + 1))
  const taken = batch.take()
  expect(taken.length).toBeLessThanOrEqual(17)
  expect(Buffer.concat(taken).equals(content)).toBe(true)
})

test('what was taken does not change when the batch goes on', () => {
  const batch = chunkBatch()
  batch.add(Buffer.from('first'))
  const taken = batch.take()
  batch.add(Buffer.from('second'))
  expect(Buffer.concat(taken).toString()).toBe('first')
  expect(Buffer.concat(batch.take()).toString()).toBe('second')
})

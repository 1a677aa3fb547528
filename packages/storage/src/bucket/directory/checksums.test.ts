import { crc32 } from 'node:zlib'
import { expect, test } from '@jest/globals'
import { pieces, seededBytes } from '../../testing/bucket-fixtures.ts'
import { blockBytes, checksumStream, checksumsOf, decodeChecksums, encodeChecksums, findMismatch } from './checksums.ts'

const sizes = [0, 1, blockBytes - 1, blockBytes, blockBytes + 1, 20 * blockBytes + 5]

test.each(sizes)('%d bytes have the CRC-32 of each block, whatever pieces they come in', async (size) => {
  const content = seededBytes(size, 1)
  const expected: number[] = []
  for (let at = 0; at < size; at += blockBytes) expected.push(crc32(content.subarray(at, at + blockBytes)))
  for (const pieceSize of [7777, blockBytes, 3 * blockBytes + 1, size + 1]) {
    const stream = checksumStream()
    for await (const piece of pieces(content, pieceSize)) stream.update(piece)
    expect([...stream.finish()]).toEqual(expected)
  }
})

test('a flipped bit is found in its block, with the offset in the object', () => {
  const content = seededBytes(5 * blockBytes + 10, 2)
  const checksums = checksumsOf([content])
  expect(findMismatch(content, 0, checksums)).toBeUndefined()
  for (const at of [0, 3 * blockBytes + 17, content.byteLength - 1]) {
    const damaged = Buffer.from(content)
    damaged[at] = (damaged[at] ?? 0) ^ 4
    const offset = at - (at % blockBytes)
    expect(findMismatch(damaged, 0, checksums)).toMatchObject({ offset, expected: checksums[offset / blockBytes] })
    expect(findMismatch(damaged.subarray(offset), offset, checksums)?.offset).toBe(offset)
  }
})

test('a table survives its encoding, at any alignment', () => {
  const checksums = checksumsOf([seededBytes(3 * blockBytes, 3)])
  const shifted = Buffer.concat([Buffer.from('x'), encodeChecksums(checksums)]).subarray(1)
  expect(decodeChecksums(shifted)).toEqual(checksums)
})

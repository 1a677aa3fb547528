import { expect, test } from '@jest/globals'
import { checkedFiles, type FileIdentity } from './checked-blocks.ts'
import { blockBytes } from './checksums.ts'

const identity: FileIdentity = { ino: 1n, size: BigInt(40 * blockBytes + 1), mtimeNs: 1n, ctimeNs: 1n }

test('only blocks that were checked are covered', () => {
  const checked = checkedFiles(() => 0)
  checked.add('a', identity, 2 * blockBytes, 9 * blockBytes)
  checked.add('a', identity, 40 * blockBytes, 1)
  expect(checked.covers('a', identity, 2 * blockBytes, 9 * blockBytes)).toBe(true)
  expect(checked.covers('a', identity, 40 * blockBytes, 1)).toBe(true)
  expect(checked.covers('a', identity, 2 * blockBytes, 10 * blockBytes)).toBe(false)
  expect(checked.covers('a', identity, blockBytes, blockBytes)).toBe(false)
  expect(checked.covers('b', identity, 2 * blockBytes, blockBytes)).toBe(false)
})

test.each(['ino', 'mtimeNs', 'ctimeNs', 'size'] as const)('a file whose %s changed is checked again', (field) => {
  const checked = checkedFiles(() => 0)
  checked.add('a', identity, 0, blockBytes)
  expect(checked.covers('a', { ...identity, [field]: identity[field] + 1n }, 0, blockBytes)).toBe(false)
})

test('a check is trusted for five minutes', () => {
  let time = 0
  const checked = checkedFiles(() => time)
  checked.add('a', identity, 0, blockBytes)
  time = 299_999
  expect(checked.covers('a', identity, 0, blockBytes)).toBe(true)
  time = 300_000
  expect(checked.covers('a', identity, 0, blockBytes)).toBe(false)
})

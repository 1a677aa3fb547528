import { describe, expect, test } from '@jest/globals'
import { tar } from '@tsreg/testkit'
import { decodeHeader } from './header.ts'

/** The block of an entry with this text in the place of its mode, and its checksum put right. */
function headerWith(mode: string, name = 'f'): Buffer {
  const block = tar([{ name }]).subarray(0, 512)
  block.write(mode.padEnd(8, '\u0000'), 100, 8, 'latin1')
  return withChecksum(block, (byte) => byte)
}

function withChecksum(block: Buffer, weigh: (byte: number) => number): Buffer {
  block.fill(' ', 148, 156)
  const sum = block.reduce((total, byte) => total + weigh(byte), 0)
  block.write(`${sum.toString(8).padStart(6, '0')}\u0000 `, 148, 8, 'latin1')
  return block
}

describe('numbers of a header', () => {
  test.each([
    ['0000644\u0000', 0o644],
    ['   644 \u0000', 0o644],
    [' 644\u0000\u0000 ', 0o644],
    ['\u0000\u0000644', 0o644],
    ['\t644\n', 0o644],
    ['00007777', 0o7777],
    ['', 0],
    ['        ', 0],
  ])('%j is read', (text, mode) => {
    expect(decodeHeader(headerWith(text)).mode).toBe(mode)
  })

  test.each(['64 4', '64\u00004', '0x1a4', '648', '-644'])('%j is no number', (text) => {
    expect(() => decodeHeader(headerWith(text))).toThrow(/the mode of an entry is .*, not octal digits$/)
  })
})

test('a checksum over signed bytes counts as well, and one over neither does not', () => {
  const header = () => headerWith('0000644', 'é\u00ff')
  const signed = withChecksum(header(), (byte) => (byte > 127 ? byte - 256 : byte))
  expect(decodeHeader(signed).name).toBe(decodeHeader(header()).name)
  const wrong = withChecksum(header(), (byte) => byte & 127)
  expect(() => decodeHeader(wrong)).toThrow(/a header has checksum \d+, its bytes have \d+$/)
})

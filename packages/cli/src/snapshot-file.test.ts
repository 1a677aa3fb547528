import { describe, expect, test } from '@jest/globals'
import { withoutCodeCache } from '../snapshot-file.mjs'

const word = (value: number) => {
  const bytes = Buffer.alloc(8)
  bytes.writeBigUInt64LE(BigInt(value))
  return bytes
}
const sized = (text: string) => Buffer.concat([word(text.length), Buffer.from(text)])
const entry = (name: string, code: string) => Buffer.concat([sized(name), sized(code)])
const head = Buffer.concat([Buffer.from('heap v8_utils::BindingData'), Buffer.alloc(20, 7)])

describe('the code cache of a snapshot', () => {
  test('is cut down to the modules that are named', () => {
    const file = Buffer.concat([head, word(3), entry('fs', 'aaaa'), entry('ffi', 'bb'), entry('vm', '')])
    const wanted = Buffer.concat([head, word(1), entry('ffi', 'bb')])
    expect(withoutCodeCache(file, ['ffi', 'tty'])?.equals(wanted)).toBe(true)
  })

  test.each([
    ['without the notes before it', Buffer.concat([Buffer.from('heap'), word(0)])],
    ['with more entries than there are', Buffer.concat([head, word(2), entry('fs', 'aaaa')])],
    ['with something behind it', Buffer.concat([head, word(1), entry('fs', 'aaaa'), Buffer.of(0)])],
    ['with a length beyond all bounds', Buffer.concat([head, word(1), Buffer.alloc(8, 255), Buffer.from('fs')])],
    ['that ends in the count', Buffer.concat([head, Buffer.alloc(3)])],
  ])('%s: the file is of another form', (_, file) => {
    expect(withoutCodeCache(file, [])).toBeUndefined()
  })
})

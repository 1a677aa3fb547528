import { describe, expect, test } from '@jest/globals'
import { detachKeys } from './detach-keys.ts'

/** What is sent of each piece that is typed; `<` where the user leaves. P and Q stand for Ctrl-P and Ctrl-Q. */
function sent(...pieces: readonly string[]): readonly string[] {
  const keys = detachKeys()
  const code = (text: string) => Buffer.from(text.replaceAll('P', '\x10').replaceAll('Q', '\x11'))
  return pieces.map((piece) => {
    const { send, leaves } = keys.feed(code(piece))
    const text = Buffer.from(send).toString().replaceAll('\x10', 'P').replaceAll('\x11', 'Q')
    return leaves ? `${text}<` : text
  })
}

describe('the keys that leave a container', () => {
  test.each([
    [['abc'], ['abc']],
    [['abPQcd'], ['ab<']],
    [
      ['P', 'Q'],
      ['', '<'],
    ],
    [
      ['P', 'a'],
      ['', 'Pa'],
    ],
    [
      ['P', 'P', 'Q'],
      ['', 'P', '<'],
    ],
    [['PPQ'], ['P<']],
    [['Q'], ['Q']],
    [
      ['PaQ', 'P', 'bQ'],
      ['PaQ', '', 'PbQ'],
    ],
  ])('of %j is sent %j', (pieces, expected) => {
    expect(sent(...pieces)).toEqual(expected)
  })
})

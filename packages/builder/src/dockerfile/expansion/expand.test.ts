import { describe, expect, test } from '@jest/globals'
import { expandWord, expandWords } from './expand.ts'
import { replacePattern, trimPattern } from './pattern.ts'

const environment = new Map([
  ['a', 'value'],
  ['path', '/usr/lib/lib.so.1'],
  ['empty', ''],
  ['dots', 'a.b.c'],
  ['lines', 'ab\nab'],
])
const expand = (text: string) => expandWord(text, environment)

describe('modifiers', () => {
  test.each([
    ['${a#v}', 'alue'],
    ['${a#x}', 'value'],
    ['${path#*/}', 'usr/lib/lib.so.1'],
    ['${path##*/}', 'lib.so.1'],
    ['${path%/*}', '/usr/lib'],
    ['${path%%/*}', ''],
    ['${path%.?}', '/usr/lib/lib.so'],
    ['${path%%.*}', '/usr/lib/lib'],
    ['${path/lib/x}', '/usr/x/lib.so.1'],
    ['${path//lib/x}', '/usr/x/x.so.1'],
    ['${path/l*b/x}', '/usr/x.so.1'],
    ['${path//\\//:}', ':usr:lib:lib.so.1'],
    ['${dots//./-}', 'a-b-c'],
    ['${dots//?/x}', 'xxxxx'],
    ['${dots/b.*/}', 'a.'],
    ['${dots//}', 'error'],
    ['${dots//x/y}', 'a.b.c'],
    ['${a///-}', '-v-a-l-u-e-'],
    ['${a//*/-}', '-'],
    ['${lines#*b}', '\nab'],
    ['${lines##*b}', '\nab'],
    ['${lines//a?/x}', 'x\nx'],
    ['${a#\\v}', 'error'],
    ['${none#a}', ''],
    ['${none/a/b}', ''],
    ['${none:-${path##*/}}', 'lib.so.1'],
    ['${a/${dots%%.*}/X}', 'vXlue'],
    ['${empty-b}', ''],
    ['${empty:-b}', 'b'],
    ['${empty+b}', 'b'],
    ['${empty:+b}', ''],
    ['${none:?it is needed}', 'error'],
  ])('%s is %j', (text, expected) => {
    if (expected === 'error') expect(() => expand(text)).toThrow(expect.objectContaining({ code: 'EXPANSION_INVALID' }))
    else expect(expand(text)).toBe(expected)
  })

  test('a variable that must be set says so in the words of the file', () => {
    expect(() => expand('${none:?it is needed}')).toThrow('cannot expand "${none:?it is needed}": none: it is needed')
    expect(() => expand('${none?}')).toThrow('cannot expand "${none?}": none: is not allowed to be unset')
    expect(() => expand('${empty:?}')).toThrow('cannot expand "${empty:?}": empty: is not allowed to be empty')
  })
})

describe('options', () => {
  test('with the backtick as escape token the backslash is a character', () => {
    expect(expandWord('c:\\`$a\\$a', environment, { escape: '`' })).toBe('c:\\$a\\value')
  })

  test('quotes and escapes can be kept, and variables that are not set', () => {
    const options = { quotes: 'keep', escapes: 'keep', unset: 'keep' } as const
    expect(expandWord(`'$a' "$a\\"" \\$a $none \${none:-b} \${none//c/d}`, environment, options)).toBe(
      `'$a' "value\\"" \\$a $none \${none:-b} \${none//c/d}`,
    )
  })

  test('in a heredoc quotes are characters', () => {
    expect(expandWord(`it's "$a" \\$a \\\\`, environment, { quotes: 'plain' })).toBe(`it's "value" $a \\`)
  })
})

test('words are split at the blanks of values, not at those in quotes', () => {
  const values = new Map([['ports', ' 80  81 ']])
  expect(expandWords('$ports"$ports"\\ x', values)).toEqual(['80', '81', ' 80  81  x'])
  expect(expandWords('"" $none', values)).toEqual([])
})

describe('patterns', () => {
  test('many stars take steps in proportion, not in powers', () => {
    const replaced = replacePattern('a'.repeat(300), `${'*a'.repeat(50)}b`, { replacement: '', isEvery: false })
    expect(replaced).toHaveLength(300)
  })

  test('there is a limit to the steps', () => {
    const value = 'a'.repeat(1_000_000)
    expect(() => trimPattern(value, 'a*'.repeat(100), { side: 'end', isLongest: true })).toThrow(RangeError)
    expect(() => expandWord('${v//*a*a*b/}', new Map([['v', value]]))).toThrow(
      expect.objectContaining({ code: 'EXPANSION_INVALID' }),
    )
  })

  test('characters outside the basic plane are one', () => {
    expect(trimPattern('😀b', '?', { side: 'start', isLongest: false })).toBe('b')
    expect(trimPattern('b😀', '?', { side: 'end', isLongest: false })).toBe('b')
  })
})

import { describe, expect, test } from '@jest/globals'
import { ellipsis, table } from './table.ts'

describe('table', () => {
  test('columns are three spaces apart, at least ten wide, and the last one is not padded', () => {
    const text = table(
      ['REPOSITORY', 'TAG', 'SIZE'],
      [
        ['localhost:5000/centos', 'centos5', '284MB'],
        ['a', 'latest', '1kB'],
      ],
    )
    expect(text).toBe(
      [
        'REPOSITORY              TAG       SIZE',
        'localhost:5000/centos   centos5   284MB',
        'a                       latest    1kB',
        '',
      ].join('\n'),
    )
  })

  test('without rows only the header is printed', () => {
    expect(table(['TAG', 'SIZE'], [])).toBe('TAG       SIZE\n')
  })

  test('a cell gives no orders to the terminal, and stays on its line', () => {
    expect(table(['A'], [['\u001b[2Jx\nforged']])).toBe('A\n\\x1b[2Jx\\nforged\n')
  })

  test('an ellipsis takes the width of one character', () => {
    expect(table(['A', 'B'], [['1234567890…', 'x']])).toBe('A             B\n1234567890…   x\n')
  })
})

test('ellipsis keeps a text that fits and marks one that was cut', () => {
  expect(ellipsis('12345', 5)).toBe('12345')
  expect(ellipsis('123456', 5)).toBe('1234…')
})

import { describe, expect, test } from '@jest/globals'
import { signalNumber } from './signal.ts'

describe('a signal', () => {
  test.each([
    ...[
      ['KILL', 9],
      ['SIGKILL', 9],
      ['sigterm', 15],
      ['hup', 1],
      ['15', 15],
      ['64', 64],
      ['SIGRTMIN', 34],
      ['RTMIN+3', 37],
    ],
  ] as const)('%s is %d', (text, number) => {
    expect(signalNumber(text)).toBe(number)
  })

  test.each(['', '0', '65', '-9', 'SIG', 'NOPE', '9x', 'constructor', 'RTMIN+99', ' 9'])('%j is none', (text) => {
    expect(() => signalNumber(text)).toThrow(
      expect.objectContaining({ code: 'OPTION_INVALID', message: `Invalid signal: ${text}` }),
    )
  })
})

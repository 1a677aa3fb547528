import { describe, expect, test } from '@jest/globals'
import { readMonitorAnswer } from './monitor.ts'

describe('what conmon tells of a command', () => {
  test.each([
    ['{"data": 1234}', true, { pid: 1234 }],
    ['{"data": 0}', false, { exitCode: 0 }],
    ['{"data": 137}', false, { exitCode: 137 }],
    ['{"data": -1, "message": "exec failed: no"}', true, { message: 'exec failed: no' }],
    ['{"data": -1}', true, {}],
    ['conmon: cannot', true, { message: 'conmon: cannot' }],
  ])('%s', (line, isFirst, expected) => {
    expect(readMonitorAnswer(line, isFirst)).toEqual(expected)
  })
})

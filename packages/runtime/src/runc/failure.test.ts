import { describe, expect, test } from '@jest/globals'
import { lastRuncError, runcFailure } from './failure.ts'

describe('what runc says', () => {
  test.each([
    [
      'runc run failed: unable to start container process: exec: "nosuch": executable file not found in $PATH',
      'COMMAND_NOT_FOUND',
      'exec: "nosuch": executable file not found in $PATH',
    ],
    [
      'runc create failed: unable to start container process: exec: "/no/such": stat /no/such: no such file or directory',
      'COMMAND_NOT_FOUND',
      'exec: "/no/such": stat /no/such: no such file or directory',
    ],
    [
      'exec failed: unable to start container process: exec: "/etc": permission denied',
      'COMMAND_NOT_EXECUTABLE',
      'exec: "/etc": permission denied',
    ],
    [
      'runc run failed: unable to start container process: error during container init: mkdir /x: read-only file system',
      'RUNTIME_FAILED',
      'error during container init: mkdir /x: read-only file system',
    ],
    ['', 'RUNTIME_FAILED', 'runc failed and said nothing'],
  ])('%j is %s', (message, code, text) => {
    expect(runcFailure(message)).toMatchObject({ code, message: text })
  })

  test('the last error of its log counts, and a line that was cut off does not', () => {
    const log = [
      '{"level":"warning","msg":"cgroup"}',
      '{"level":"error","msg":"first"}',
      '{"level":"error","msg":"second"}',
      '{"level":"error","ms',
    ].join('\n')
    expect(lastRuncError(log)).toBe('second')
    expect(lastRuncError('{"level":"warning","msg":"only a warning"}')).toBeUndefined()
  })
})

import { describe, expect, test } from '@jest/globals'
import { OciError } from '@tsreg/oci'
import { CliError, reportOf } from './errors.ts'
import { Interruption } from './invocation.ts'

describe('reportOf', () => {
  test('an error of the specification keeps its code and message and gets advice', () => {
    expect(reportOf(new OciError('UNAUTHORIZED', 'authentication required for debian'))).toEqual({
      code: 'UNAUTHORIZED',
      message: 'authentication required for debian',
      advice: 'Log in first: "tsreg login REGISTRY".',
      exitCode: 4,
    })
  })

  test('an error of the command brings its own advice and detail', () => {
    const error = new CliError('AMBIGUOUS_ID', 'two images', {
      advice: 'Type more.',
      detail: { candidates: ['a', 'b'] },
    })
    expect(reportOf(error)).toEqual({
      code: 'AMBIGUOUS_ID',
      message: 'two images',
      advice: 'Type more.',
      detail: { candidates: ['a', 'b'] },
      exitCode: 8,
    })
  })

  test("advice that a message already ends with is told once, as the client's errors have it", () => {
    const error = Object.assign(new Error('ping: connection failed (host a:1); check the address'), {
      code: 'NETWORK',
      advice: 'check the address',
    })
    expect(reportOf(error)).toEqual({
      code: 'NETWORK',
      message: 'ping: connection failed (host a:1)',
      advice: 'Check the address.',
      exitCode: 6,
    })
  })

  test.each([
    ['connect ECONNREFUSED 127.0.0.1:5000', 'NETWORK', 'ECONNREFUSED', 'Is the registry running?'],
    ['getaddrinfo ENOTFOUND registry-1.docker.io', 'NETWORK', 'ENOTFOUND', 'TSREG_REGISTRY'],
    ['getaddrinfo ENOTFOUND regsitry.example', 'NETWORK', 'ENOTFOUND', 'Check the name'],
    ['self-signed certificate', 'TLS', 'DEPTH_ZERO_SELF_SIGNED_CERT', '--insecure'],
  ])('of "%s" (%s) the advice is what to do about it', (message, code, systemCode, advice) => {
    const cause = Object.assign(new Error(message), { code: systemCode })
    const error = Object.assign(new Error(`ping: ${message}; check the address`, { cause }), {
      code,
      advice: 'check the address',
    })
    expect(reportOf(error).advice).toContain(advice)
    // Also behind a copy, which knows only the side.
    const copy = Object.assign(new OciError('UNKNOWN', 'copy failed', { cause: error }), { name: 'CopyError' })
    expect(reportOf(copy)).toMatchObject({ code, advice: expect.stringContaining(advice) })
  })

  test.each([
    ['ENOSPC', '/data/x: no space left on the device', 10],
    ['EACCES', '/data/x: permission denied', 10],
    ['ENOENT', '/data/x: no such file or directory', 3],
  ])("the system's %s is told in words with the path", (code, message, exitCode) => {
    const error = Object.assign(new Error(`${code}: something, open '/data/x'`), { code, path: '/data/x' })
    expect(reportOf(error)).toMatchObject({ code, message, exitCode })
  })

  test('a code is found behind a wrapper that has none', () => {
    const error = new Error('fetch failed', { cause: new OciError('DENIED', 'no') })
    expect(reportOf(error)).toMatchObject({ code: 'DENIED', message: 'no', exitCode: 5 })
  })

  test('Ctrl-C ends with 130 and SIGTERM with 143, also as the cause of another error', () => {
    expect(reportOf(new Interruption('SIGINT')).exitCode).toBe(130)
    const wrapped = Object.assign(new Error('aborted', { cause: new Interruption('SIGTERM') }), { code: 'ABORT_ERR' })
    expect(reportOf(wrapped).exitCode).toBe(143)
  })

  test('a defect is told by its message, without a stack', () => {
    const report = reportOf(new TypeError('x is not a function'))
    expect(report).toMatchObject({ code: 'INTERNAL', message: 'x is not a function', exitCode: 1 })
    expect(JSON.stringify(report)).not.toContain('errors.test')
  })

  test('what is thrown and is no error is told as well', () => {
    expect(reportOf('just text')).toMatchObject({ code: 'INTERNAL', message: 'just text' })
  })
})

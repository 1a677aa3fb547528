import { describe, expect, test } from '@jest/globals'
import { OciError } from '../errors.ts'
import { codeOfStatus, formatErrors, parseErrors } from './errors-body.ts'

describe('formatErrors', () => {
  test('code, message and detail; the cause stays inside', () => {
    const error = new OciError('DIGEST_INVALID', 'wrong', { detail: { expected: 'a' }, cause: new Error('secret') })
    expect(formatErrors(error)).toEqual({
      errors: [{ code: 'DIGEST_INVALID', message: 'wrong', detail: { expected: 'a' } }],
    })
    expect(formatErrors(new OciError('DENIED'))).toEqual({
      errors: [{ code: 'DENIED', message: 'requested access to the resource is denied' }],
    })
  })
})

describe('parseErrors', () => {
  test('what is written is read', () => {
    const error = new OciError('MANIFEST_UNKNOWN', 'tag v1 of a', { detail: { tag: 'v1' } })
    expect(parseErrors(JSON.stringify(formatErrors(error)), 404)).toMatchObject({
      code: 'MANIFEST_UNKNOWN',
      message: 'the registry answered 404 MANIFEST_UNKNOWN: tag v1 of a',
      detail: { status: 404, code: 'MANIFEST_UNKNOWN', detail: { tag: 'v1' } },
    })
  })

  test('the first of several errors gives the code, the message names all', () => {
    const body = {
      errors: [
        { code: 'NAME_INVALID', message: 'a' },
        { code: 'TAG_INVALID', message: 'b' },
      ],
    }
    expect(parseErrors(Buffer.from(JSON.stringify(body)), 400)).toMatchObject({
      code: 'NAME_INVALID',
      message: 'the registry answered 400 NAME_INVALID: a; TAG_INVALID: b',
    })
  })

  test.each([
    ['nothing', '', 401, 'UNAUTHORIZED'],
    ['a page', '<html>Bad gateway</html>', 502, 'UNAVAILABLE'],
    ['a list', '[1]', 403, 'DENIED'],
    ['null', 'null', 404, 'NAME_UNKNOWN'],
    ['errors of another form', '{"errors":{"code":"DENIED"}}', 404, 'NAME_UNKNOWN'],
    ['an empty list', '{"errors":[]}', 429, 'TOOMANYREQUESTS'],
    ['entries of another form', '{"errors":[null,7,{"code":5}]}', 416, 'RANGE_INVALID'],
    ['an unknown code', '{"errors":[{"code":"SERVER_ERROR"}]}', 500, 'UNAVAILABLE'],
    ['a code named like a method', '{"errors":[{"code":"toString"}]}', 418, 'UNKNOWN'],
    ['invalid UTF-8', Buffer.from([0xff, 0xfe]), 507, 'STORAGE_FULL'],
  ])('%s with a status gives a code', (_what, body, status, code) => {
    expect(parseErrors(body, status).code).toBe(code)
  })

  test('control characters do not reach a terminal, and long words are cut', () => {
    const body = JSON.stringify({ errors: [{ code: 'DENIED', message: `\u001b[31m${'x'.repeat(5000)}` }] })
    const { message } = parseErrors(body, 403)
    expect(message).toContain('DENIED:  [31mxxx')
    expect(message.length).toBeLessThan(600)
  })

  test.each([
    [400, 'UNKNOWN'],
    [405, 'UNSUPPORTED'],
    [412, 'PRECONDITION_FAILED'],
    [413, 'MANIFEST_TOO_LARGE'],
    [501, 'UNSUPPORTED'],
    [503, 'UNAVAILABLE'],
  ])('status %i alone is %s', (status, code) => {
    expect(codeOfStatus(status)).toBe(code)
  })
})

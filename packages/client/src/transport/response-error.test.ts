import { describe, expect, test } from '@jest/globals'
import type { RegistryResponse } from './dispatch.ts'
import { responseError } from './response-error.ts'

function answer(status: number, body = '', headers: RegistryResponse['headers'] = {}): RegistryResponse {
  return { status, headers, bytes: Buffer.from(body), url: new URL('https://h.example/v2/'), attempts: 3 }
}

const context = { operation: 'fetch blob x', unknown: 'BLOB_UNKNOWN' } as const

describe('responseError', () => {
  test.each([
    [400, '{"errors":[{"code":"DIGEST_INVALID"}]}', 'DIGEST_INVALID'],
    [401, '', 'UNAUTHORIZED'],
    [403, '<html>', 'DENIED'],
    [404, '', 'BLOB_UNKNOWN'],
    [404, '{"errors":[{"code":"NAME_UNKNOWN"}]}', 'NAME_UNKNOWN'],
    [405, '', 'UNSUPPORTED'],
    [413, '', 'MANIFEST_TOO_LARGE'],
    [416, '', 'RANGE_INVALID'],
    [429, '', 'TOOMANYREQUESTS'],
    [503, '', 'UNAVAILABLE'],
    [507, '', 'STORAGE_FULL'],
    [500, '<html>', 'SERVER'],
    [502, '', 'SERVER'],
    [400, '<html>', 'PROTOCOL'],
    [418, 'teapot', 'PROTOCOL'],
    [200, 'unexpected', 'PROTOCOL'],
    [500, '{"errors":[{"code":"UNKNOWN"}]}', 'UNKNOWN'],
  ])('%i %s is %s', (status, body, code) => {
    expect(responseError(answer(status, body), context).code).toBe(code)
  })

  test('says what was done, where, how often, and what the server calls it', () => {
    const error = responseError(answer(429, '', { 'x-request-id': 'r-1' }), context)
    expect(error.message).toBe('fetch blob x: the registry answered 429 (host h.example, request id r-1, 3 attempts)')
    expect(error).toMatchObject({ detail: { status: 429, host: 'h.example', attempts: 3, requestId: 'r-1' } })
  })

  test('shows the beginning of what is no error body', () => {
    const error = responseError(answer(502, '<html>\n<b>Bad Gateway</b>', { 'content-type': 'text/html' }), context)
    expect(error.message).toContain('a body of text/html: "<html> <b>Bad Gateway</b>"')
    expect(error).toMatchObject({ status: 502, attempts: 3, host: 'h.example' })
  })

  test('control characters of the server do not reach the terminal', () => {
    const body = JSON.stringify({ errors: [{ code: 'DENIED', message: 'no\u001b[2J' }] })
    expect(responseError(answer(403, body), context).message).not.toContain('\u001b')
  })
})

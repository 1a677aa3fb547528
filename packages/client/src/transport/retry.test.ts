import { describe, expect, test } from '@jest/globals'
import { type ScriptStep, scriptedServer } from '@tsreg/testkit'
import { openScripted } from '../testing/open-scripted.ts'

const base = { path: '/v2/' }

async function ping(script: readonly ScriptStep[], retry = {}) {
  await using server = await scriptedServer(script, { ordered: true })
  await using client = openScripted(server.host, { retry })
  const result = await client.registry.ping().catch((error: unknown) => error)
  return { result, pauses: client.pauses, notices: client.notices, host: server.host }
}

const failing = (status: number, headers = {}): ScriptStep => ({ request: base, response: { status, headers } })
const fine: ScriptStep = { request: base, response: { status: 200 } }

describe('retry', () => {
  test.each([408, 429, 500, 502, 503, 504])('a %i is tried again', async (status) => {
    const { result, notices } = await ping([failing(status), fine])
    expect(result).not.toBeInstanceOf(Error)
    expect(notices).toMatchObject([{ kind: 'retry', attempt: 1, delayMs: 500, why: `status ${status}` }])
  })

  test.each([400, 401, 403, 404, 405, 412, 416, 501])('a %i is not', async (status) => {
    const { result, pauses } = await ping([failing(status)])
    expect(result).toBeInstanceOf(Error)
    expect(pauses).toEqual([])
  })

  test('a connection that is hung up is made again', async () => {
    const { result } = await ping([fine, { request: base, response: { hangUp: true } }].reverse())
    expect(result).not.toBeInstanceOf(Error)
  })

  test('pauses double up to their limit, and the last error tells how often it was tried', async () => {
    const { result, pauses, host } = await ping([{ ...failing(500), times: 6 }], { attempts: 6, maxDelayMs: 3000 })
    expect(pauses).toEqual([500, 1000, 2000, 3000, 3000])
    expect(result).toMatchObject({ code: 'SERVER', status: 500, attempts: 6, host })
    expect(String(result)).toContain('6 attempts')
  })

  test('Retry-After in seconds is kept', async () => {
    const { pauses } = await ping([failing(429, { 'retry-after': '7' }), fine])
    expect(pauses[0]).toBe(7000)
  })

  test('Retry-After as a date is kept', async () => {
    const now = Date.parse('2026-11-23T10:00:00Z')
    const headers = { 'retry-after': 'Mon, 23 Nov 2026 10:00:09 GMT' }
    const { pauses } = await ping([failing(503, headers), fine], { now: () => now })
    expect(pauses[0]).toBe(9000)
  })

  test('a Retry-After beyond the limit is not waited for', async () => {
    const { result, pauses } = await ping([failing(429, { 'retry-after': '3600' })])
    expect(result).toMatchObject({ code: 'TOOMANYREQUESTS' })
    expect(pauses).toEqual([])
  })

  test('a pause that one request was asked for is kept by all to that host', async () => {
    let now = 1_000_000
    const waited: number[] = []
    const sleep = async (ms: number) => {
      waited.push(ms)
      await new Promise((resolve) => setImmediate(resolve))
      now += ms
    }
    await using server = await scriptedServer([failing(429, { 'retry-after': '5' }), { ...fine, times: 2 }])
    await using client = openScripted(server.host, { retry: { sleep, now: () => now } })
    const first = client.registry.ping()
    await new Promise<void>((resolve) => {
      const poll = () => (waited.length > 0 ? resolve() : setImmediate(poll))
      poll()
    })
    now = 1_002_000
    await Promise.all([first, client.registry.ping()])
    expect(waited[0]).toBe(5000)
    expect(waited).toContain(3000)
  })

  test('a registry where nobody listens is not asked again', async () => {
    const server = await scriptedServer([])
    await server.close()
    await using client = openScripted(server.host)
    await expect(client.registry.ping()).rejects.toMatchObject({ code: 'NETWORK', attempts: 1 })
    expect(client.pauses).toEqual([])
  })

  test('an aborted pause ends with the reason of the signal', async () => {
    const abort = new AbortController()
    const reason = new Error('enough')
    await using server = await scriptedServer([failing(503)])
    await using client = openScripted(server.host, {
      retry: {
        sleep: async (_ms, signal) => {
          abort.abort(reason)
          signal?.throwIfAborted()
        },
      },
    })
    await expect(client.registry.ping({ signal: abort.signal })).rejects.toBe(reason)
  })

  test('a manifest is pushed again with all its bytes', async () => {
    const path = '/v2/repo/manifests/v1'
    await using server = await scriptedServer(
      [
        { request: { method: 'PUT', path }, response: { status: 429 } },
        { request: { method: 'PUT', path }, cutRequestAfterBytes: 1 },
        { request: { method: 'PUT', path }, response: { status: 201 } },
      ],
      { ordered: true },
    )
    await using client = openScripted(server.host)
    const bytes = Buffer.from('{"schemaVersion":2}')
    const mediaType = 'application/vnd.oci.image.manifest.v1+json'
    await client.registry.repository('repo').pushManifest({ bytes, mediaType, reference: 'v1' })
    expect(server.requests[2]?.body.equals(bytes)).toBe(true)
  })

  test('a manifest whose body is cut is fetched again', async () => {
    const path = '/v2/repo/manifests/v1'
    const body = '{"schemaVersion":2,"manifests":[]}'
    const headers = { 'content-type': 'application/vnd.oci.image.index.v1+json' }
    await using server = await scriptedServer([
      { request: { path }, response: { body, headers, cutAfterBytes: 10 } },
      { request: { path }, response: { body, headers } },
    ])
    await using client = openScripted(server.host)
    expect((await client.registry.repository('repo').fetchManifest('v1')).bytes.toString()).toBe(body)
  })
})

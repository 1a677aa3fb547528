import { describe, expect, test } from '@jest/globals'
import type { OpenContent } from '@tsreg/oci/content'
import {
  chunked,
  contentOf,
  randomBytes,
  type ScriptedReply,
  type ScriptStep,
  scriptedServer,
  seeded,
} from '@tsreg/testkit'
import { fakeRegistry } from './testing/fake-registry.ts'
import { openScripted } from './testing/open-scripted.ts'

const { bytes, descriptor: blob } = contentOf('application/octet-stream', randomBytes(seeded(3), 40_000))
const open: OpenContent = async ({ offset = 0 }) => chunked(bytes.subarray(offset), 4096)
const uploads = '/v2/repo/blobs/uploads/'
const query = `digest=${encodeURIComponent(blob.digest)}`

const absent: ScriptStep = {
  request: { method: 'HEAD', path: `/v2/repo/blobs/${blob.digest}` },
  response: { status: 404 },
}
const present: ScriptStep = { ...absent, response: { status: 200 } }
const post = (location = '/up?s=1', headers = {}): ScriptStep => ({
  request: { method: 'POST', path: uploads, headers: { 'content-length': '0' } },
  response: { status: 202, headers: { location, ...headers } },
})
const put = (path: string, reply: ScriptedReply = { status: 201 }): ScriptStep => ({
  request: { method: 'PUT', path },
  response: reply,
})
const status = (path: string, bytesKept: number, headers = {}): ScriptStep => ({
  request: { path },
  response: { status: 204, headers: { range: `0-${Math.max(0, bytesKept - 1)}`, ...headers } },
})
const patch = (path: string, from: number, to: number, reply: ScriptedReply = {}): ScriptStep => ({
  request: {
    method: 'PATCH',
    path,
    headers: { 'content-range': `${from}-${to}`, 'content-length': `${to - from + 1}` },
  },
  response: { status: 202, headers: { range: `0-${to}` }, ...reply },
})
/** What fails at once may fail before it is sent. */
const perhaps: ScriptStep = { ...put(`/up?s=1&${query}`), times: Number.POSITIVE_INFINITY }
const cancel = (path: string): ScriptStep => ({ request: { method: 'DELETE', path }, response: { status: 204 } })

async function push(
  script: readonly ScriptStep[],
  options: { open?: OpenContent; signal?: AbortSignal; ordered?: boolean } = {},
) {
  await using server = await scriptedServer(script, { ordered: options.ordered ?? true })
  await using client = openScripted(server.host)
  const { signal } = options
  await client.registry.repository('repo').push(blob, options.open ?? open, { signal })
  return server.requests
}

describe('a push of a blob', () => {
  test('that is there sends nothing', async () => {
    expect(await push([present])).toHaveLength(1)
  })

  test('that was just found missing is not looked for again', async () => {
    await using server = await scriptedServer([absent, post('/up'), put(`/up?${query}`)], { ordered: true })
    await using client = openScripted(server.host)
    const repository = client.registry.repository('repo')
    expect(await repository.exists(blob)).toBe(false)
    await repository.push(blob, open)
  })

  test('is one PUT of all bytes to the Location, whose query is kept', async () => {
    const requests = await push([absent, post('/up/1?_state=a%2Fb%3D'), put(`/up/1?_state=a%2Fb%3D&${query}`)])
    expect(requests[2]).toMatchObject({
      bodySize: 40_000,
      bodyDigest: blob.digest,
      headers: { 'content-length': '40000', 'content-type': 'application/octet-stream' },
    })
  })

  test('names the algorithm of a digest that is not sha256', async () => {
    const { descriptor, bytes: content } = contentOf('application/octet-stream', 'x', 'sha512')
    await using server = await scriptedServer([
      { request: { method: 'HEAD', path: /./ }, response: { status: 404 } },
      {
        request: { method: 'POST', path: `${uploads}?digest-algorithm=sha512` },
        response: { status: 202, headers: { location: '/up' } },
      },
      { request: { method: 'PUT', path: /^\/up\?digest=sha512/ }, response: { status: 201 } },
    ])
    await using client = openScripted(server.host)
    await client.registry.repository('repo').push(descriptor, async () => chunked(content, 10))
  })

  test('goes on by PATCH at the offset that the registry reports, and asks no byte twice of the source', async () => {
    const offsets: (number | undefined)[] = []
    const recording: OpenContent = (options) => {
      offsets.push(options.offset)
      return open(options)
    }
    const requests = await push(
      [
        absent,
        post(),
        { ...put(`/up?s=1&${query}`), cutRequestAfterBytes: 20_000 },
        status('/up?s=1', 12_345, { location: '/up?s=2' }),
        patch('/up?s=2', 12_345, 39_999, { headers: { location: '/up?s=3', range: '0-39999' } }),
        put(`/up?s=3&${query}`),
      ],
      { open: recording },
    )
    expect(requests[4]?.body.equals(Buffer.from(bytes.subarray(12_345)))).toBe(true)
    expect(requests[5]).toMatchObject({ bodySize: 0, headers: { 'content-length': '0' } })
    expect(offsets).toEqual([0, 12_345])
  })

  test('takes 0-0 for nothing received, and for one byte when that is refused', async () => {
    await push([
      absent,
      post(),
      { ...put(`/up?s=1&${query}`), cutRequestAfterBytes: 1 },
      status('/up?s=1', 1),
      put(`/up?s=1&${query}`, { status: 416 }),
      status('/up?s=1', 1),
      patch('/up?s=1', 1, 39_999),
      put(`/up?s=1&${query}`),
    ])
  })

  test('goes on from what the registry took of a chunk', async () => {
    await push([
      absent,
      post(),
      put(`/up?s=1&${query}`, { status: 500 }),
      status('/up?s=1', 10_000),
      patch('/up?s=1', 10_000, 39_999, { headers: { range: '0-29999' } }),
      patch('/up?s=1', 30_000, 39_999),
      put(`/up?s=1&${query}`),
    ])
  })

  test('is cut smaller and smaller where a proxy refuses its size, for the next blob too', async () => {
    await using server = await fakeRegistry({ maxRequestBytes: 12_000 })
    await using client = openScripted(server.host)
    const repository = client.registry.repository('repo')
    await repository.push(blob, open)
    expect(await repository.exists(blob)).toBe(true)
    expect(server.openUploads).toBe(0)
  })

  test('whose size is refused does not ask for it again', async () => {
    await using server = await scriptedServer(
      [
        absent,
        post(),
        put(`/up?s=1&${query}`, { status: 413 }),
        status('/up?s=1', 0),
        patch('/up?s=1', 0, 19_999),
        patch('/up?s=1', 20_000, 39_999),
        put(`/up?s=1&${query}`),
        absent,
        post(),
        patch('/up?s=1', 0, 19_999),
        patch('/up?s=1', 20_000, 39_999),
        put(`/up?s=1&${query}`),
      ],
      { ordered: true },
    )
    await using client = openScripted(server.host)
    await client.registry.repository('repo').push(blob, open)
    await client.registry.repository('repo').push(blob, open)
  })

  test('that is cut twice without progress is sent in chunks', async () => {
    const cut = { ...put(`/up?s=1&${query}`), cutRequestAfterBytes: 1 }
    await push([
      absent,
      post(),
      cut,
      status('/up?s=1', 0),
      cut,
      status('/up?s=1', 0),
      patch('/up?s=1', 0, 19_999),
      patch('/up?s=1', 20_000, 39_999),
      put(`/up?s=1&${query}`),
    ])
  })

  test('honours OCI-Chunk-Min-Length, and fails when even that is refused', async () => {
    const script = [
      absent,
      post('/up', { 'oci-chunk-min-length': '30000' }),
      put(`/up?${query}`, { status: 413 }),
      status('/up', 0),
      patch('/up', 0, 29_999, { status: 413 }),
      cancel('/up'),
    ]
    await expect(push(script)).rejects.toMatchObject({ code: 'SIZE_INVALID', detail: { status: 413 } })
  })

  test('whose session is gone is done when the blob is there', async () => {
    await push([
      absent,
      post(),
      put(`/up?s=1&${query}`, { hangUp: true }),
      { request: { path: '/up?s=1' }, response: { status: 404 } },
      present,
    ])
  })

  test('whose session is gone begins a new one', async () => {
    await push([
      absent,
      post(),
      put(`/up?s=1&${query}`, { status: 404 }),
      absent,
      post('/up?s=2'),
      patch('/up?s=2', 0, 39_999),
      put(`/up?s=2&${query}`),
    ])
  })

  test('begins anew when the pieces do not fit together', async () => {
    await push([
      absent,
      post(),
      put(`/up?s=1&${query}`, { status: 502 }),
      status('/up?s=1', 100),
      patch('/up?s=1', 100, 39_999),
      put(`/up?s=1&${query}`, { status: 400, body: { errors: [{ code: 'DIGEST_INVALID' }] } }),
      cancel('/up?s=1'),
      post('/up?s=2'),
      patch('/up?s=2', 0, 39_999),
      put(`/up?s=2&${query}`),
    ])
  })

  test('that the registry refuses is cancelled, and fails with its code', async () => {
    const refusal = { status: 400, body: { errors: [{ code: 'DIGEST_INVALID', message: 'no' }] } }
    await expect(push([absent, post(), put(`/up?s=1&${query}`, refusal), cancel('/up?s=1')])).rejects.toMatchObject({
      code: 'DIGEST_INVALID',
      detail: { status: 400, attempts: 1 },
    })
  })

  test('that is aborted is cancelled, and fails with the reason', async () => {
    const abort = new AbortController()
    const reason = new Error('enough')
    const slow: OpenContent = async () =>
      (async function* () {
        yield bytes.subarray(0, 10)
        abort.abort(reason)
        await new Promise(() => {})
      })()
    const script = [absent, post(), perhaps, cancel('/up?s=1')]
    await expect(push(script, { open: slow, signal: abort.signal, ordered: false })).rejects.toBe(reason)
  })

  test('whose source fails is cancelled, and fails with what the source threw', async () => {
    const broken = new Error('disk')
    const failing: OpenContent = async () =>
      (async function* () {
        yield bytes.subarray(0, 10)
        throw broken
      })()
    const script = [absent, post(), perhaps, cancel('/up?s=1')]
    await expect(push(script, { open: failing, ordered: false })).rejects.toBe(broken)
  })

  test('is given up when it makes no progress', async () => {
    const cut: ScriptStep = { request: { method: 'PUT', path: `/up?s=1&${query}` }, response: { status: 500 } }
    const patched: ScriptStep = { request: { method: 'PATCH', path: '/up?s=1' }, response: { status: 500 }, times: 3 }
    const asked: ScriptStep = { ...status('/up?s=1', 0), times: 4 }
    await using server = await scriptedServer([absent, post(), { ...cut, times: 2 }, patched, asked, cancel('/up?s=1')])
    await using client = openScripted(server.host)
    await expect(client.registry.repository('repo').push(blob, open)).rejects.toMatchObject({
      code: 'SERVER',
      status: 500,
    })
    expect(client.pauses).toEqual([500, 1000, 2000, 4000])
  })

  const lies: readonly [string, readonly ScriptStep[], RegExp][] = [
    ['gives no Location', [absent, { ...post(), response: { status: 202 } }], /Location is "missing"/],
    ['gives a Location that is no address', [absent, post('http://[')], /Location/],
    [
      'claims to have more than was sent',
      [absent, post(), put(`/up?s=1&${query}`, { status: 500 }), status('/up?s=1', 50_000), cancel('/up?s=1')],
      /claims to have 50000/,
    ],
    [
      'claims to have stored other bytes',
      [
        absent,
        post(),
        put(`/up?s=1&${query}`, { status: 201, headers: { 'docker-content-digest': `sha256:${'0'.repeat(64)}` } }),
        cancel('/up?s=1'),
      ],
      /stored "sha256:0000/,
    ],
    [
      'reports a Range that is none',
      [
        absent,
        post(),
        put(`/up?s=1&${query}`, { status: 500 }),
        { ...status('/up?s=1', 0), response: { status: 204, headers: { range: 'bytes 1-2' } } },
        cancel('/up?s=1'),
      ],
      /Range "bytes 1-2"/,
    ],
  ]
  test.each(lies)('fails clearly when the registry %s', async (_what, script, message) => {
    await expect(push(script)).rejects.toMatchObject({ code: 'PROTOCOL', message: expect.stringMatching(message) })
  })

  test('goes to a Location of another host without credentials', async () => {
    await using store = await scriptedServer([
      {
        request: { method: 'PUT', path: `/x?sig=1&${query}`, headers: { authorization: undefined } },
        response: { status: 201 },
      },
    ])
    await using server = await scriptedServer([
      {
        ...absent,
        request: { ...absent.request, headers: { authorization: undefined } },
        response: { status: 401, headers: { 'www-authenticate': 'Basic realm="r"' } },
      },
      { ...absent, request: { ...absent.request, headers: { authorization: /^Basic / } } },
      {
        ...post(`${store.url}/x?sig=1`),
        request: { method: 'POST', path: uploads, headers: { authorization: /^Basic / } },
      },
    ])
    await using client = openScripted(server.host, {
      credentials: async () => ({ kind: 'password', username: 'u', password: 'canary' }),
    })
    await client.registry.repository('repo').push(blob, open)
  })
})

describe('a mount', () => {
  const path = `${uploads}?mount=${encodeURIComponent(blob.digest)}&from=other%2Fone`
  const mount = (reply: ScriptedReply): ScriptStep => ({ request: { method: 'POST', path }, response: reply })

  async function mounted(script: readonly ScriptStep[], andPush = false): Promise<boolean> {
    await using server = await scriptedServer(script, { ordered: true })
    await using client = openScripted(server.host)
    const repository = client.registry.repository('repo')
    const done = await repository.mount(blob, 'other/one')
    if (andPush) await repository.push(blob, open)
    return done
  }

  test('is done when the registry answers 201', async () => {
    expect(await mounted([mount({ status: 201 })])).toBe(true)
  })

  test('that opens a session instead leaves it to the push', async () => {
    expect(await mounted([mount({ status: 202, headers: { location: '/up' } }), put(`/up?${query}`)], true)).toBe(false)
  })

  test.each([400, 401, 403, 404, 405])('that is refused with %i is no failure', async (code) => {
    expect(await mounted([mount({ status: code })])).toBe(false)
  })
})

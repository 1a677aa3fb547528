import { describe, expect, test } from '@jest/globals'
import { type Descriptor, digestOf } from '@tsreg/oci'
import { collect, randomBytes, type ScriptedReply, type ScriptStep, scriptedServer, seeded } from '@tsreg/testkit'
import { openScripted } from '../testing/open-scripted.ts'

const bytes = Buffer.from(randomBytes(seeded(7), 1000))
const blob: Descriptor = { mediaType: 'application/octet-stream', digest: digestOf(bytes), size: bytes.byteLength }
const path = `/v2/repo/blobs/${blob.digest}`

function whole(reply: ScriptedReply = {}): ScriptStep {
  return { request: { path, headers: { range: undefined } }, response: { body: bytes, ...reply } }
}

function rest(from: number, reply: ScriptedReply = {}, condition?: string): ScriptStep {
  return {
    request: { path, headers: { range: `bytes=${from}-`, 'if-range': condition } },
    response: {
      status: 206,
      headers: { 'content-range': `bytes ${from}-${bytes.length - 1}/${bytes.length}` },
      body: bytes.subarray(from),
      ...reply,
    },
  }
}

async function fetched(script: readonly ScriptStep[], options: Parameters<typeof openScripted>[1] = {}) {
  await using server = await scriptedServer(script, { ordered: true })
  await using client = openScripted(server.host, options)
  const content = await collect(await client.registry.repository('repo').fetch(blob))
  return { content, notices: client.notices }
}

async function failure(script: readonly ScriptStep[]): Promise<unknown> {
  await using server = await scriptedServer(script)
  await using client = openScripted(server.host)
  try {
    await collect(await client.registry.repository('repo').fetch(blob))
  } catch (error) {
    return error
  }
  throw new Error('the download succeeded')
}

describe('a download', () => {
  test.each([1, 2, 10, 499, 500, 998, 999])('that is cut after %i bytes goes on there', async (cut) => {
    const { content, notices } = await fetched([whole({ cutAfterBytes: cut }), rest(cut)])
    expect(content.equals(bytes)).toBe(true)
    expect(notices).toMatchObject([{ kind: 'resume', offset: cut }])
  })

  test('that is cut before its first byte begins again', async () => {
    const { content } = await fetched([whole({ cutAfterBytes: 0 }), whole()])
    expect(content.equals(bytes)).toBe(true)
  })

  test('that is cut several times goes on each time', async () => {
    const { content } = await fetched([
      whole({ cutAfterBytes: 100 }),
      rest(100, { cutAfterBytes: 50 }),
      rest(150, { cutAfterBytes: 1 }),
      rest(151),
    ])
    expect(content.equals(bytes)).toBe(true)
  })

  test('makes its Range conditional on the ETag', async () => {
    const { content } = await fetched([whole({ cutAfterBytes: 10, headers: { etag: '"v1"' } }), rest(10, {}, '"v1"')])
    expect(content.equals(bytes)).toBe(true)
  })

  test('makes no condition of a weak ETag', async () => {
    const { content } = await fetched([whole({ cutAfterBytes: 10, headers: { etag: 'W/"v1"' } }), rest(10)])
    expect(content.equals(bytes)).toBe(true)
  })

  test('skips what it has when the server answers a Range with everything', async () => {
    const { content } = await fetched([
      whole({ cutAfterBytes: 300 }),
      { request: { path, headers: { range: 'bytes=300-' } }, response: { body: bytes } },
    ])
    expect(content.equals(bytes)).toBe(true)
  })

  test('goes on after a part that is shorter than asked for', async () => {
    const part = { headers: { 'content-range': 'bytes 300-399/1000' }, body: bytes.subarray(300, 400) }
    const { content } = await fetched([whole({ cutAfterBytes: 300 }), rest(300, part), rest(400)])
    expect(content.equals(bytes)).toBe(true)
  })

  test('that stalls goes on by a new connection', async () => {
    const { content, notices } = await fetched([whole({ stallAfterBytes: 400 }), rest(400)], {
      limits: { stallTimeoutMs: 300 },
    })
    expect(content.equals(bytes)).toBe(true)
    expect(notices).toMatchObject([{ kind: 'resume', offset: 400 }])
  })

  test('from an offset asks for the rest only', async () => {
    await using server = await scriptedServer([rest(990)])
    await using client = openScripted(server.host)
    const content = await collect(await client.registry.repository('repo').fetch(blob, { offset: 990 }))
    expect(content.equals(bytes.subarray(990))).toBe(true)
  })

  test('from its end asks for nothing', async () => {
    await using server = await scriptedServer([])
    await using client = openScripted(server.host)
    expect(await collect(await client.registry.repository('repo').fetch(blob, { offset: 1000 }))).toHaveLength(0)
  })

  test('asks the registry again when a presigned address has expired', async () => {
    await using store = await scriptedServer(
      [
        { request: { path: '/one?X-Signature=1' }, response: { body: bytes, cutAfterBytes: 200 } },
        { request: { path: '/two?X-Signature=2' }, response: { status: 403, body: '<Error>expired</Error>' } },
        { ...rest(200), request: { path: '/three?X-Signature=3', headers: { range: 'bytes=200-' } } },
      ],
      { ordered: true },
    )
    const to = (place: string): ScriptStep => ({
      request: { path },
      response: { status: 307, headers: { location: `${store.url}/${place}` } },
    })
    const { content } = await fetched([to('one?X-Signature=1'), to('two?X-Signature=2'), to('three?X-Signature=3')])
    expect(content.equals(bytes)).toBe(true)
  })

  test('is given up after the attempts of the policy without progress, and says how many', async () => {
    const error = await failure([whole({ cutAfterBytes: 1 }), { ...rest(1, { cutAfterBytes: 0 }), times: 4 }])
    expect(error).toMatchObject({ code: 'NETWORK', attempts: 5 })
    expect((error as Error).message).toContain(`fetch blob ${blob.digest}`)
  })

  test('ends its connection when it is given up before it is read', async () => {
    await using server = await scriptedServer([whole({ stallAfterBytes: 10 }), whole()])
    await using client = openScripted(server.host, { connections: 1 })
    const repository = client.registry.repository('repo')
    const unread = await repository.fetch(blob)
    unread.destroy()
    expect((await collect(await repository.fetch(blob))).equals(bytes)).toBe(true)
  })

  test('stops with the reason of its signal', async () => {
    await using server = await scriptedServer([whole({ stallAfterBytes: 10 })])
    await using client = openScripted(server.host)
    const abort = new AbortController()
    const stream = await client.registry.repository('repo').fetch(blob, { signal: abort.signal })
    const reading = collect(stream)
    const reason = new Error('enough')
    stream.once('data', () => abort.abort(reason))
    await expect(reading).rejects.toBe(reason)
  })

  const lies: readonly [string, readonly ScriptStep[], string, RegExp][] = [
    [
      'announces more bytes',
      [whole({ body: Buffer.concat([bytes, bytes]) })],
      'PROTOCOL',
      /announces 2000 bytes, described are 1000/,
    ],
    ['announces fewer bytes', [whole({ body: bytes.subarray(1) })], 'PROTOCOL', /announces 999 bytes/],
    [
      'sends more bytes without announcing them',
      [whole({ body: unannounced(Buffer.concat([bytes, bytes])) })],
      'PROTOCOL',
      /more than the 1000/,
    ],
    ['sends a web page', [whole({ headers: { 'content-type': 'text/html' } })], 'PROTOCOL', /web page/],
    [
      'sends other bytes than asked for',
      [whole({ cutAfterBytes: 9 }), rest(9, { headers: { 'content-range': 'bytes 8-999/1000' } })],
      'PROTOCOL',
      /asked for the bytes from 9/,
    ],
    [
      'sends a part of other content',
      [whole({ cutAfterBytes: 9 }), rest(9, { headers: { 'content-range': 'bytes 9-999/2000' } })],
      'PROTOCOL',
      /asked for the bytes from 9/,
    ],
    [
      'sends a part without saying which',
      [whole({ cutAfterBytes: 9 }), rest(9, { headers: {} })],
      'PROTOCOL',
      /sends ""/,
    ],
    ['has only a part left', [whole({ cutAfterBytes: 9 }), rest(9, { status: 416, body: '' })], 'RANGE_INVALID', /416/],
    ['does not speak HTTP', [whole({ garbage: 'SSH-2.0-OpenSSH_9.2\r\n' })], 'PROTOCOL', /not valid HTTP/],
    ['answers 404', [whole({ status: 404, body: '' })], 'BLOB_UNKNOWN', /404/],
  ]
  test.each(lies)('fails clearly when the server %s', async (_what, script, code, message) => {
    const error = await failure(script)
    expect(error).toMatchObject({ code, message: expect.stringMatching(message) })
  })

  test('that ends early again and again is no success', async () => {
    const truncated = (from: number): ScriptStep => rest(from, { body: unannounced(Buffer.alloc(0)) })
    const error = await failure([whole({ body: unannounced(bytes.subarray(0, 500)) }), { ...truncated(500), times: 4 }])
    expect(error).toMatchObject({ code: 'NETWORK', message: expect.stringMatching(/ended after 500 of 1000 bytes/) })
  })
})

/** Sent in chunks, so that no length is announced. One for one reply. */
async function* unannounced(content: Uint8Array): AsyncGenerator<Uint8Array> {
  if (content.byteLength > 0) yield content
}

import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { randomBytes, seeded } from '@tsreg/testkit'
import {
  type Answer,
  answerOf,
  bytes,
  errorOf,
  rawConnection,
  sha256,
  type TestRegistry,
  testRegistry,
} from '../testing/test-registry.ts'

describe('upload', () => {
  let registry: TestRegistry
  beforeAll(async () => {
    registry = await testRegistry()
  })
  afterAll(() => registry.close())

  const start = async (): Promise<string> => {
    const answer = await registry.ask('POST', '/v2/library/up/blobs/uploads/')
    return String(answer.headers.location)
  }
  const patch = (location: string, body: Uint8Array | string, range?: string): Promise<Answer> =>
    registry.ask('PATCH', location, { body, headers: range === undefined ? {} : { 'content-range': range } })
  const status = (location: string): Promise<Answer> => registry.ask('GET', location)
  const put = (location: string, digest: string, body: Uint8Array | string = '', range?: string): Promise<Answer> =>
    registry.ask('PUT', `${location}?digest=${digest}`, {
      body,
      headers: range === undefined ? {} : { 'content-range': range },
    })
  const blob = (digest: string): Promise<Answer> => registry.ask('GET', `/v2/library/up/blobs/${digest}`)

  test('chunks in order become the blob, and every answer tells how far it is', async () => {
    const content = bytes(150_000, 5)
    const location = await start()
    const first = await patch(location, content.subarray(0, 100_000), '0-99999')
    expect([first.status, first.headers.range]).toEqual([202, '0-99999'])
    expect(first.headers.location).toBe(location)
    const at = await status(location)
    expect([at.status, at.headers.range, at.headers.location, at.body.length]).toEqual([204, '0-99999', location, 0])
    const second = await patch(location, content.subarray(100_000), '100000-149999')
    expect(second.headers.range).toBe('0-149999')
    const closed = await put(location, sha256(content))
    expect([closed.status, closed.headers.location]).toEqual([201, `/v2/library/up/blobs/${sha256(content)}`])
    expect(closed.headers['docker-content-digest']).toBe(sha256(content))
    expect((await blob(sha256(content))).body.equals(content)).toBe(true)
    expect((await status(location)).status).toBe(404)
  })

  test('a stream without Content-Range and Content-Length goes on where the session is', async () => {
    const content = bytes(120_000, 6)
    const location = await start()
    await patch(location, content.subarray(0, 10_000))
    const sent = registry.begin('PATCH', location)
    const answer = answerOf(sent)
    sent.write(content.subarray(10_000, 60_000))
    sent.end(content.subarray(60_000))
    expect((await answer).headers.range).toBe('0-119999')
    expect((await put(location, sha256(content))).status).toBe(201)
  })

  test('the closing PUT may bring the last chunk, or everything', async () => {
    const content = bytes(50_000, 8)
    const chunked = await start()
    await patch(chunked, content.subarray(0, 20_000), '0-19999')
    expect((await put(chunked, sha256(content), content.subarray(20_000), '20000-49999')).status).toBe(201)
    expect((await put(await start(), sha256(content), content)).status).toBe(201)
  })

  test.each([
    ['a gap', '1000-1099'],
    ['an overlap', '0-99'],
    ['a step back', '40-139'],
  ])('%s gets 416 with the place to go on, and nothing is taken', async (_title, range) => {
    const location = await start()
    await patch(location, bytes(50), '0-49')
    for (const answer of [
      await patch(location, bytes(100), range),
      await put(location, sha256('x'), bytes(100), range),
    ]) {
      expect([answer.status, answer.headers.range, answer.headers.location]).toEqual([416, '0-49', location])
      expect(errorOf(answer)).toMatchObject({ code: 'RANGE_INVALID', detail: { offset: 50, contentRange: range } })
    }
    expect((await status(location)).headers.range).toBe('0-49')
  })

  test('an out of order chunk before any data gets 416 and the session still works', async () => {
    const location = await start()
    const answer = await patch(location, 'later', '5-9')
    expect([answer.status, answer.headers.range]).toEqual([416, '0-0'])
    expect((await status(location)).headers.range).toBe('0-0')
    expect((await put(location, sha256('whole'), 'whole')).status).toBe(201)
  })

  test.each(['9-5', 'a-b', 'bytes 0-4/5', '0-', '-4', '99999999999999999999-99999999999999999999'])(
    'Content-Range %s gets 416',
    async (range) => {
      const answer = await patch(await start(), 'five!', range)
      expect([answer.status, errorOf(answer).code]).toEqual([416, 'RANGE_INVALID'])
    },
  )

  test('a Content-Range that names another length than Content-Length gets 400 SIZE_INVALID', async () => {
    const location = await start()
    const answer = await patch(location, 'five!', '0-9')
    expect([answer.status, errorOf(answer).code]).toEqual([400, 'SIZE_INVALID'])
    expect((await status(location)).headers.range).toBe('0-0')
  })

  test('a stream that is shorter or longer than its Content-Range gets 400 SIZE_INVALID and is not kept', async () => {
    for (const length of [5, 15]) {
      const location = await start()
      const sent = registry.begin('PATCH', location, { 'content-range': '0-9', 'transfer-encoding': 'chunked' })
      const answer = answerOf(sent)
      sent.end(bytes(length))
      const refused = await answer
      expect([refused.status, errorOf(refused).code]).toEqual([400, 'SIZE_INVALID'])
      expect((await status(location)).headers.range).toBe('0-0')
    }
  })

  test.each(['sha256:nothex', 'md5:d41d8cd98f00b204e9800998ecf8427e', 'x'])(
    'PUT with the digest %s gets 400 and the session goes on',
    async (digest) => {
      const location = await start()
      const answer = await put(location, digest, 'content')
      expect([answer.status, errorOf(answer).code]).toEqual([400, 'DIGEST_INVALID'])
      expect((await put(location, sha256('content'), 'content')).status).toBe(201)
    },
  )

  test('PUT without a digest gets 400 with what is missing', async () => {
    const answer = await registry.ask('PUT', await start(), { body: 'content' })
    expect([answer.status, errorOf(answer).code]).toEqual([400, 'DIGEST_INVALID'])
    expect(errorOf(answer).message).toContain('?digest=')
  })

  test('PUT with a wrong digest leaves the session as it was', async () => {
    const location = await start()
    await patch(location, 'first ', '0-5')
    const wrong = await put(location, sha256('other'), 'second')
    expect([wrong.status, errorOf(wrong).code]).toEqual([400, 'DIGEST_INVALID'])
    expect((await status(location)).headers.range).toBe('0-5')
    expect((await put(location, sha256('first second'), 'second')).status).toBe(201)
  })

  test('DELETE ends the session', async () => {
    const location = await start()
    await patch(location, 'some bytes')
    const answer = await registry.ask('DELETE', location)
    expect([answer.status, answer.body.length]).toEqual([204, 0])
    for (const method of ['GET', 'DELETE', 'PATCH', 'PUT']) {
      const after = await registry.ask(method, `${location}?digest=${sha256('x')}`)
      expect([after.status, errorOf(after).code]).toEqual([404, 'BLOB_UPLOAD_UNKNOWN'])
    }
  })

  test.each(['no-such-session', '00000000-0000-4000-8000-000000000000', '..', '%00', 'x'.repeat(3000)])(
    'session %s is unknown',
    async (id) => {
      const answer = await registry.ask('PATCH', `/v2/library/up/blobs/uploads/${id}`, { body: 'x' })
      expect([answer.status, errorOf(answer).code]).toEqual([404, 'BLOB_UPLOAD_UNKNOWN'])
    },
  )

  test('a session belongs to its repository', async () => {
    const location = await start()
    const answer = await patch(location.replace('library/up', 'library/thief'), 'x')
    expect(answer.status).toBe(404)
  })

  test('a connection that is cut in a PATCH loses nothing: the upload goes on at the offset told', async () => {
    const content = bytes(400_000, 9)
    const location = await start()
    const cut = await rawConnection(registry.port)
    cut.write(`PATCH ${location} HTTP/1.1\r\nHost: x\r\nContent-Length: 400000\r\nContent-Range: 0-399999\r\n\r\n`)
    cut.write(content.subarray(0, 250_000))
    await new Promise<void>((resolve) => cut.socket.end(resolve))
    const offset = offsetOf(await status(location))
    expect(offset).toBeGreaterThan(0)
    expect(offset).toBeLessThanOrEqual(250_000)
    const rest = await patch(location, content.subarray(offset), `${offset}-399999`)
    expect([rest.status, rest.headers.range]).toEqual([202, '0-399999'])
    expect((await put(location, sha256(content))).status).toBe(201)
    expect((await blob(sha256(content))).body.equals(content)).toBe(true)
  })

  describe.each([
    ['of known length', (length: number) => `Content-Length: ${length}`],
    ['in chunks', () => 'Transfer-Encoding: chunked'],
  ])('a body %s that is cut anywhere', (_title, framing) => {
    test.each([300_000, 3_000_000])('goes on at the offset that the status tells at once (%i bytes)', async (size) => {
      const random = seeded(size)
      const whole = randomBytes(random, size)
      for (let round = 0; round < 8; round++) {
        const content = whole.subarray(round)
        const location = await start()
        const sent = random.integer(2, content.length - 1)
        const connection = await rawConnection(registry.port)
        connection.write(`PATCH ${location} HTTP/1.1\r\nHost: x\r\n${framing(content.length)}\r\n\r\n`)
        if (framing(size).startsWith('Transfer')) connection.write(`${content.length.toString(16)}\r\n`)
        connection.write(content.subarray(0, sent))
        if (round % 2 === 0) await new Promise((resolve) => setTimeout(resolve, random.integer(0, 20)))
        connection.socket.destroy()
        const offset = offsetOf(await status(location))
        expect(offset).toBeLessThanOrEqual(sent)
        // Without a Content-Range, as most clients send: nothing else would notice a wrong offset before the digest.
        expect((await put(location, sha256(content), content.subarray(offset))).status).toBe(201)
      }
    })
  })

  /** `0-0` may be one byte or none: no content here is cut after its first one. */
  function offsetOf({ headers }: Answer): number {
    const last = Number(String(headers.range).slice(2))
    return last === 0 ? 0 : last + 1
  }

  test('two clients on one session: at most one wins each offset, and the blob is one of them', async () => {
    const contents = [bytes(200_000, 11), bytes(200_000, 12)]
    const location = await start()
    const answers = await Promise.all(contents.map((content) => patch(location, content, '0-199999')))
    const refused = answers.filter(({ status }) => status === 416)
    // None wins where the second one came in the middle of the first one's bytes.
    expect(answers.filter(({ status }) => status === 202).length).toBe(2 - Math.max(1, refused.length))
    const told = await status(location)
    expect(refused.map(({ headers }) => headers.range)).toEqual(refused.map(() => told.headers.range))
    const offset = offsetOf(told)
    const pushed: Uint8Array[] = []
    for (const content of contents) {
      const rest = content.subarray(offset)
      const { status } = await put(location, sha256(content), rest)
      if (status === 201) pushed.push(content)
    }
    expect(pushed.length).toBe(1)
    const [winner] = pushed
    expect((await blob(sha256(winner ?? ''))).body.equals(winner ?? Buffer.alloc(0))).toBe(true)
  })

  test('more bytes than announced are not part of the upload, and the answer still comes', async () => {
    const location = await start()
    const connection = await rawConnection(registry.port)
    connection.write(`PATCH ${location} HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nfive!and some more`)
    const text = await connection.ended()
    expect(text).toMatch(/^HTTP\/1\.1 202 /)
    expect((await status(location)).headers.range).toBe('0-4')
  })

  test('1 MiB in chunks of 1 KiB arrives whole', async () => {
    const content = bytes(1024 * 1024, 13)
    const location = await start()
    for (let at = 0; at < content.length; at += 1024) {
      const answer = await patch(location, content.subarray(at, at + 1024), `${at}-${at + 1023}`)
      if (answer.status !== 202) throw new Error(`${answer.status} at ${at}`)
    }
    expect((await put(location, sha256(content))).status).toBe(201)
  })
})

import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { request } from 'node:https'
import { type AddressInfo, connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setImmediate } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import type { AccessController } from '../access/index.ts'
import { certificateOne } from '../testing/certificates.ts'
import { registryWith } from '../testing/changed-storage.ts'
import {
  answerOf,
  bytes,
  errorOf,
  pushBlob,
  rawConnection,
  sha256,
  type TestRegistry,
  testRegistry,
} from '../testing/test-registry.ts'
import { type LargeBody, takeOverBody } from './large-body.ts'

const content = bytes(5_000_000, 21)

describe('a large body', () => {
  let registry: TestRegistry
  beforeAll(async () => {
    registry = await testRegistry()
  })
  afterAll(() => registry.close())

  const start = async (): Promise<string> =>
    String((await registry.ask('POST', '/v2/library/large/blobs/uploads/')).headers.location)
  const head = (method: string, location: string, length: number, more = ''): string =>
    `${method} ${location} HTTP/1.1\r\nHost: x\r\nContent-Length: ${length}\r\n${more}\r\n`
  const progress = async (location: string): Promise<unknown> => (await registry.ask('GET', location)).headers.range

  test('arrives whole, and the connection closes after the answer', async () => {
    const location = await start()
    const connection = await rawConnection(registry.port)
    connection.write(head('PATCH', location, content.byteLength))
    connection.write(content)
    const answer = await connection.ended()
    expect(answer).toMatch(/^HTTP\/1\.1 202 /)
    expect(answer).toMatch(/\r\nConnection: close\r\n/)
    expect(answer).toMatch(/\r\nRange: 0-4999999\r\n/)
    expect((await registry.ask('PUT', `${location}?digest=${sha256(content)}`)).status).toBe(201)
    const pulled = await registry.ask('GET', `/v2/library/large/blobs/${sha256(content)}`)
    expect(pulled.body.equals(content)).toBe(true)
  })

  test.each([1, 1000, 70_000])('arrives whole in pieces of which the first has %s bytes', async (first) => {
    const location = await start()
    const sent = registry.begin('PUT', `${location}?digest=${sha256(content)}`, {
      'content-length': content.byteLength,
    })
    const answer = answerOf(sent)
    sent.write(content.subarray(0, first))
    await new Promise((resolve) => setTimeout(resolve, 20))
    sent.write(content.subarray(first, 3_000_000))
    await new Promise((resolve) => setTimeout(resolve, 20))
    sent.end(content.subarray(3_000_000))
    expect((await answer).status).toBe(201)
  })

  test('of which much has come while the request waited for its password check arrives whole', async () => {
    const patient: AccessController = {
      authorize: async () => {
        await new Promise((resolve) => setTimeout(resolve, 100))
        return { allowed: true, user: 'alice' }
      },
      close: () => {},
    }
    const slow = await testRegistry({}, { access: patient })
    const { headers } = await slow.ask('POST', '/v2/library/large/blobs/uploads/')
    const answer = await slow.ask('PUT', `${headers.location}?digest=${sha256(content)}`, { body: content })
    expect(answer.status).toBe(201)
    await slow.close()
  })

  test('waits for 100 Continue before it comes', async () => {
    const location = await start()
    const connection = await rawConnection(registry.port)
    connection.write(head('PATCH', location, content.byteLength, 'Expect: 100-continue\r\n'))
    await connection.received(/^HTTP\/1\.1 100 Continue\r\n\r\n/)
    connection.write(content)
    expect(await connection.ended()).toMatch(/HTTP\/1\.1 202 /)
  })

  test('cut off in the middle keeps what came, and the upload goes on there', async () => {
    const location = await start()
    const connection = await rawConnection(registry.port)
    connection.write(head('PATCH', location, content.byteLength))
    connection.write(content.subarray(0, 4_000_000))
    await new Promise((resolve) => setTimeout(resolve, 100))
    connection.socket.destroy()
    expect(await progress(location)).toBe('0-3999999')
    const rest = await registry.ask('PATCH', location, { body: content.subarray(4_000_000) })
    expect(rest.headers.range).toBe('0-4999999')
    expect((await registry.ask('PUT', `${location}?digest=${sha256(content)}`)).status).toBe(201)
  })

  test('whose client only stops sending is cut off as well, and what came is kept', async () => {
    const location = await start()
    const connection = await rawConnection(registry.port)
    connection.write(head('PATCH', location, content.byteLength))
    connection.write(content.subarray(0, 3_000_000))
    connection.socket.end()
    expect(await connection.ended()).toBe('')
    expect(await progress(location)).toBe('0-2999999')
  })

  test('with a wrong digest is refused after it was read, and the session is as it was', async () => {
    const location = await start()
    const answer = await registry.ask('PUT', `${location}?digest=${sha256('other')}`, { body: content })
    expect([answer.status, errorOf(answer).code]).toEqual([400, 'DIGEST_INVALID'])
    expect(await progress(location)).toBe('0-0')
  })

  test('that another request overtakes is refused before its end, and the client sees why', async () => {
    const location = await start()
    const connection = await rawConnection(registry.port)
    connection.write(head('PATCH', location, content.byteLength))
    connection.write(content.subarray(0, 2_500_000))
    await new Promise((resolve) => setTimeout(resolve, 50))
    expect((await registry.ask('DELETE', location)).status).toBe(204)
    connection.write(content.subarray(2_500_000))
    const answer = await connection.received(/^HTTP\/1\.1 4\d\d [\s\S]*\r\n\r\n\{/)
    expect(answer).toMatch(/"code":"(BLOB_UPLOAD_UNKNOWN|RANGE_INVALID)"/)
    expect(answer).toMatch(/\r\nConnection: close\r\n/)
  })

  test('that is left in its middle is read over, so that the client can go on sending', async () => {
    const location = await start()
    const rest = Buffer.alloc(30_000_000)
    const connection = await rawConnection(registry.port)
    connection.write(head('PATCH', location, 40_000_000))
    await new Promise((resolve) => setTimeout(resolve, 50))
    connection.write(content.subarray(0, 100_000))
    await new Promise((resolve) => setTimeout(resolve, 50))
    expect((await registry.ask('DELETE', location)).status).toBe(204)
    await connection.received(/^HTTP\/1\.1 4\d\d [\s\S]*\r\n\r\n\{/)
    const sent = new Promise<boolean>((resolve) => {
      connection.socket.once('close', () => resolve(false))
      connection.socket.write(rest, (error) => resolve(error == null))
    })
    expect(await sent).toBe(true)
    connection.socket.destroy()
  })

  test('behind a response that is still being sent is left to the parser, which that response sets going', async () => {
    const location = await start()
    const digest = await pushBlob(registry, 'library/large', Buffer.alloc(20_000_000))
    const socket = connect(registry.port, '127.0.0.1')
    await once(socket, 'connect')
    socket.write(`GET /v2/library/large/blobs/${digest} HTTP/1.1\r\nHost: x\r\n\r\n`)
    socket.write(head('PATCH', location, content.byteLength))
    socket.write(content.subarray(0, 10_000))
    await new Promise((resolve) => setTimeout(resolve, 100))
    let last = ''
    socket.write(content.subarray(10_000))
    for await (const chunk of socket) {
      last = `${last}${chunk.subarray(-1000).toString('latin1')}`.slice(-1000)
      if (last.includes('HTTP/1.1 202 ') && last.endsWith('\r\n\r\n')) break
    }
    expect(last).toMatch(/\r\nRange: 0-4999999\r\n/)
    expect(last).not.toContain('Connection: close')
    expect((await registry.ask('PUT', `${location}?digest=${sha256(content)}`)).status).toBe(201)
  })

  test('is not read beyond its end', async () => {
    const location = await start()
    const connection = await rawConnection(registry.port)
    connection.write(head('PATCH', location, 3_000_000))
    // What follows is no request of this connection: it closes.
    connection.write(content.subarray(0, 3_000_100))
    expect(await connection.ended()).toMatch(/\r\nRange: 0-2999999\r\n/)
  })

  test('that stands still is cut off by the watchdog', async () => {
    const impatient = await testRegistry({ minRateBytesPerSecond: 1000, rateGraceSeconds: 0.3 })
    const { headers } = await impatient.ask('POST', '/v2/library/large/blobs/uploads/')
    const connection = await rawConnection(impatient.port)
    connection.write(head('PATCH', String(headers.location), content.byteLength))
    connection.write(content.subarray(0, 100_000))
    expect(await connection.ended()).toBe('')
    expect(impatient.logged()).toContainEqual(
      expect.objectContaining({ msg: 'cut off: too slow', direction: 'request' }),
    )
    await impatient.close()
  })

  test('that the upload has no need of is read over, and the answer is a success', async () => {
    const other = await registryWith((repository) => ({
      uploads: {
        ...repository.uploads,
        resume: async (id) => ({
          ...(await repository.uploads.resume(id)),
          commit: async (digest) => ({ digest, size: content.byteLength }),
        }),
      },
    }))
    const { headers } = await other.ask('POST', '/v2/library/large/blobs/uploads/')
    const answer = await other.ask('PUT', `${headers.location}?digest=${sha256(content)}`, { body: content })
    expect(answer.status).toBe(201)
    await other.close()
  })

  test('that the upload needs only the beginning of is answered at once, and the connection closes', async () => {
    const other = await registryWith((repository) => ({
      uploads: {
        ...repository.uploads,
        resume: async (id) => ({
          ...(await repository.uploads.resume(id)),
          commit: async (digest, { content: chunks } = {}) => {
            for await (const _ of chunks ?? []) break
            return { digest, size: content.byteLength }
          },
        }),
      },
    }))
    const { headers } = await other.ask('POST', '/v2/library/large/blobs/uploads/')
    const connection = await rawConnection(other.port)
    connection.write(head('PUT', `${headers.location}?digest=${sha256(content)}`, content.byteLength))
    connection.write(content)
    expect(await connection.received(/\r\n\r\n/)).toMatch(/^HTTP\/1\.1 201 [\s\S]*\r\nConnection: close\r\n/)
    connection.socket.destroy()
    await other.close()
  })

  test('comes no faster than it is used, and whole', async () => {
    const large = Buffer.alloc(30_000_000, bytes(99_991, 22))
    const body = Promise.withResolvers<LargeBody | undefined>()
    const server = createServer(async (request, response) => {
      await setImmediate()
      body.resolve(takeOverBody(request, response))
    })
    await once(server.listen(0, '127.0.0.1'), 'listening')
    const connection = await rawConnection((server.address() as AddressInfo).port)
    connection.write(head('PATCH', '/', large.byteLength))
    connection.write(large)
    const taken = await body.promise
    if (taken === undefined) throw new Error('the body stayed with the parser')
    const received = createHash('sha256')
    let isFirst = true
    for await (const chunk of taken) {
      received.update(chunk)
      if (isFirst) expect(await standsAt(taken)).toBeLessThan(2_000_000)
      isFirst = false
    }
    expect(`sha256:${received.digest('hex')}`).toBe(sha256(large))
    connection.socket.destroy()
    server.close()
  })

  /** How much has come when nothing more does. */
  async function standsAt(body: LargeBody): Promise<number> {
    for (let before = -1; before !== body.bytesReceived; ) {
      before = body.bytesReceived
      await new Promise((resolve) => setTimeout(resolve, 200))
    }
    return body.bytesReceived
  }

  test('on TLS is left to the parser: the socket carries what only TLS can read', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'tsreg-large-body-'))
    const paths = { tlsCert: join(directory, 'certificate.pem'), tlsKey: join(directory, 'key.pem') }
    writeFileSync(paths.tlsCert, certificateOne.certificate)
    writeFileSync(paths.tlsKey, certificateOne.key)
    const secure = await testRegistry(paths)
    const options = { method: 'POST', ca: certificateOne.certificate, agent: false }
    const { headers } = await answerOf(request(`${secure.url}/v2/library/large/blobs/uploads/`, options).end())
    const patch = request(`${secure.url}${headers.location}`, {
      ...options,
      method: 'PATCH',
      headers: { 'content-length': content.byteLength },
    })
    const patched = answerOf(patch)
    patch.end(content)
    expect((await patched).headers.range).toBe('0-4999999')
    await secure.close()
    rmSync(directory, { recursive: true })
  })

  test('pushed by many at once arrives for each', async () => {
    const answers = await Promise.all(
      Array.from({ length: 8 }, async (_, index) => {
        const own = Buffer.concat([Buffer.from(`${index}`), content])
        const location = await start()
        return await registry.ask('PUT', `${location}?digest=${sha256(own)}`, { body: own })
      }),
    )
    expect(answers.map(({ status }) => status)).toEqual(Array.from({ length: 8 }, () => 201))
  })
})

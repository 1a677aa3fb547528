import { once } from 'node:events'
import { open, readdir } from 'node:fs/promises'
import { createServer, get, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { Writable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { pieces, seededBytes, text } from '../../testing/bucket-fixtures.ts'
import { temporaryDirectories } from '../../testing/temporary-directory.ts'
import { type BufferPool, bufferPool } from './buffer-pool.ts'
import { type DirectoryBucket, directoryBucket } from './directory.ts'
import { type DirectSource, isDirectSource } from './object-stream.ts'

const newDirectory = temporaryDirectories()
const mebibyte = 1024 * 1024
const content = seededBytes(5 * mebibyte + 321, 1)

let bucket: DirectoryBucket
let pool: BufferPool
let server: Server
/** How each request ended on the server's side. */
let endings: unknown[]

beforeEach(async () => {
  pool = bufferPool(8 * mebibyte)
  bucket = await directoryBucket(await newDirectory(), { bufferPool: pool, hotBytes: 16 * mebibyte })
  await bucket.write('blob', pieces(content, 100_000))
  await bucket.put('small', text('a small one'))
  endings = []
  server = createServer((request, response) => void answer(request, response))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
})

afterEach(async () => {
  server.closeAllConnections()
  server.close()
  await once(server, 'close')
  await bucket.close()
})

async function answer({ url = '' }: IncomingMessage, response: ServerResponse): Promise<void> {
  try {
    const key = url.slice(1)
    response.setHeader('Content-Length', (await bucket.stat(key))?.size ?? 0)
    await (await direct(key)).sendTo(response)
    response.end()
    endings.push('sent')
  } catch (error) {
    endings.push(error)
    response.destroy()
  }
}

async function direct(key: string, options = {}): Promise<DirectSource> {
  const readable = await bucket.get(key, options)
  if (!isDirectSource(readable)) throw new Error('not a direct source')
  return readable
}

async function request(key: string): Promise<IncomingMessage> {
  const { port } = server.address() as AddressInfo
  const [response] = await once(get({ port, host: '127.0.0.1', path: `/${key}`, agent: false }), 'response')
  return response as IncomingMessage
}

async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await condition())) await new Promise((resolve) => setTimeout(resolve, 5))
}

describe('sending an object into a response', () => {
  test('the bytes are those of the object, from disk, while it becomes hot, and hot', async () => {
    for (const hotReads of [0, 0, 1, 2]) {
      expect(content.equals(await buffer(await request('blob')))).toBe(true)
      await until(() => endings.includes('sent'))
      endings = []
      expect(bucket.stats().hotReads).toBe(hotReads)
    }
    expect(bucket.stats().dataBytesRead).toBe(2 * content.byteLength)
    expect(pool.usedBytes).toBe(0)
  })

  test('a cell is sent, too', async () => {
    expect((await buffer(await request('small'))).toString()).toBe('a small one')
  })

  test('ranges are exact, cold and hot', async () => {
    const ranges = [
      { start: 0, end: 0 },
      { start: 65_535, end: 3 * mebibyte },
      { start: mebibyte - 1, end: mebibyte },
      { start: content.byteLength - 1, end: content.byteLength - 1 },
    ]
    for (let round = 0; round < 2; round++) {
      for (const range of ranges) {
        const chunks: Buffer[] = []
        const sink = new Writable({
          write(chunk, _, done) {
            chunks.push(Buffer.from(chunk))
            done()
          },
        })
        await (await direct('blob', { range })).sendTo(sink)
        expect(content.subarray(range.start, range.end + 1).equals(Buffer.concat(chunks))).toBe(true)
      }
      for (let i = 0; i < 2; i++) await buffer(await request('blob'))
    }
    expect(bucket.stats().hotReads).toBeGreaterThan(0)
  })

  test('a buffer is used again only after its write was called back', async () => {
    const pending: { bytes: Buffer; copy: Buffer; done: () => void }[] = []
    let received = 0
    const sink = new Writable({
      write(chunk: Buffer, _, done) {
        pending.push({ bytes: chunk, copy: Buffer.from(chunk), done })
        received += chunk.byteLength
        // The socket takes its time: the bytes must stay what they were until then.
        setTimeout(() => {
          const oldest = pending.shift()
          expect(oldest?.bytes.equals(oldest.copy)).toBe(true)
          oldest?.done()
        }, 2)
      },
    })
    await (await direct('blob')).sendTo(sink)
    expect(received).toBe(content.byteLength)
    expect(pool.usedBytes).toBe(0)
  })

  test('no more than two buffers are in use for a receiver that does not drain', async () => {
    const sink = new Writable({ write: () => {} })
    const sending = (await direct('blob')).sendTo(sink)
    await new Promise((resolve) => setTimeout(resolve, 50))
    expect(pool.usedBytes).toBe(2 * 65_536)
    expect(bucket.stats().dataBytesRead).toBe(2 * 65_536)
    sink.destroy()
    await expect(sending).rejects.toMatchObject({ code: 'ABORTED' })
    expect(pool.usedBytes).toBe(0)
  })

  test('64 receivers that do not drain leave a fast one its share', async () => {
    await bucket.write('long', pieces(seededBytes(20 * mebibyte, 2), 500_000))
    const sinks = Array.from({ length: 64 }, () => new Writable({ write: () => {} }))
    const sending = sinks.map(async (sink) => (await direct('long')).sendTo(sink))
    const received = await buffer(await request('blob'))
    expect(content.equals(received)).toBe(true)
    expect(pool.usedBytes).toBeLessThanOrEqual(66 * 2 * 65_536)
    for (const sink of sinks) sink.destroy()
    for (const outcome of await Promise.allSettled(sending)) expect(outcome.status).toBe('rejected')
  })

  test('a client that goes away in the middle ends the sending, with nothing left open', async () => {
    const descriptors = async (): Promise<number> => (await readdir('/dev/fd')).length
    const before = await descriptors()
    for (let i = 0; i < 10; i++) {
      const response = await request('blob')
      await once(response, 'readable')
      response.destroy()
    }
    await until(() => endings.length === 10)
    await until(async () => (await descriptors()) <= before)
    expect(pool.usedBytes).toBe(0)
    expect(content.equals(await buffer(await request('blob')))).toBe(true)
  })

  test('a damaged block breaks the connection off before it leaves', async () => {
    const [prefix = ''] = await readdir(join(bucket.directory, 'd'))
    const [name = ''] = await readdir(join(bucket.directory, 'd', prefix))
    await using file = await open(join(bucket.directory, 'd', prefix, name), 'r+')
    await file.write(Buffer.from([1, 2, 3]), 0, 3, 3 * mebibyte)
    const received: Buffer[] = []
    const reading = (async () => {
      for await (const chunk of await request('blob')) received.push(chunk as Buffer)
    })()
    await expect(reading).rejects.toThrow('aborted')
    const good = Buffer.concat(received)
    expect(content.subarray(0, good.byteLength).equals(good)).toBe(true)
    expect(good.byteLength).toBeLessThanOrEqual(3 * mebibyte)
    expect(endings).toMatchObject([{ code: 'CONTENT_CORRUPT' }])
    expect(bucket.stats().corruptChunks).toBe(1)
    expect(pool.usedBytes).toBe(0)
  })

  test('an abort of the signal given to get or to sendTo ends the sending', async () => {
    for (const where of ['get', 'sendTo']) {
      const controller = new AbortController()
      const options = { signal: controller.signal }
      const sink = new Writable({ write: () => void setTimeout(() => controller.abort(new Error('enough')), 1) })
      const source = await direct('blob', where === 'get' ? options : {})
      await expect(source.sendTo(sink, where === 'sendTo' ? options : {})).rejects.toThrow()
      expect(pool.usedBytes).toBe(0)
    }
  })

  test('a receiver that is closed already, and a stream that was read, are refused', async () => {
    const closed = new Writable({ write: () => {} })
    closed.destroy()
    await expect((await direct('blob')).sendTo(closed)).rejects.toMatchObject({ code: 'ABORTED' })
    const readable = await bucket.get('blob')
    await once(readable, 'readable')
    await expect((readable as unknown as DirectSource).sendTo(closed)).rejects.toBeInstanceOf(TypeError)
    readable.destroy()
  })

  test('a deleted object is sent no more, although it was hot', async () => {
    for (let i = 0; i < 3; i++) await buffer(await request('blob'))
    expect(bucket.stats().hotReads).toBe(1)
    await bucket.delete('blob')
    await expect(bucket.get('blob')).rejects.toMatchObject({ code: 'BLOB_UNKNOWN' })
  })
})

test('reading the stream waits for its consumer', async () => {
  const readable = await bucket.get('blob')
  await once(readable, 'readable')
  await new Promise((resolve) => setTimeout(resolve, 20))
  expect(bucket.stats().dataBytesRead).toBe(65_536)
  expect(content.equals(await buffer(readable))).toBe(true)
  expect(pool.usedBytes).toBe(0)
})

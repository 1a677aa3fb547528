import { once } from 'node:events'
import { open, readdir, utimes } from 'node:fs/promises'
import { Agent, createServer, get, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { buffer } from 'node:stream/consumers'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { pieces, seededBytes } from '../../testing/bucket-fixtures.ts'
import { temporaryDirectories } from '../../testing/temporary-directory.ts'
import { type DirectoryBucket, directoryBucket } from './directory.ts'
import { isDirectSource } from './object-stream.ts'
import { sendFile } from './sendfile.ts'

const newDirectory = temporaryDirectories()
const mebibyte = 1024 * 1024
const content = seededBytes(21 * mebibyte + 321, 3)
const agent = new Agent({ keepAlive: true, maxSockets: 1 })

let bucket: DirectoryBucket
let server: Server
let failures: unknown[]

beforeEach(async () => {
  bucket = await directoryBucket(await newDirectory(), { hotBytes: 0 })
  await bucket.write('blob', pieces(content, 1_000_000))
  failures = []
  server = createServer((request, response) => void answer(request, response))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
})

afterEach(async () => {
  agent.destroy()
  server.closeAllConnections()
  server.close()
  await once(server, 'close')
  await bucket.close()
})

async function answer({ url = '' }: IncomingMessage, response: ServerResponse): Promise<void> {
  const [start = 0, end = content.byteLength - 1] = url.slice(1).split('-', 2).filter(Boolean).map(Number)
  try {
    const readable = await bucket.get('blob', { range: { start, end } })
    if (!isDirectSource(readable)) throw new Error('not a direct source')
    response.writeHead(200, { 'Content-Length': end - start + 1 })
    await readable.sendTo(response, {
      openSocket() {
        response.flushHeaders()
        return response.socket ?? undefined
      },
    })
    response.end()
  } catch (error) {
    failures.push(error)
    response.destroy()
  }
}

async function request(range = ''): Promise<IncomingMessage> {
  const { port } = server.address() as AddressInfo
  const [response] = await once(get({ port, host: '127.0.0.1', path: `/${range}`, agent }), 'response')
  return response as IncomingMessage
}

/** A file is trusted when it has not changed for a second. */
async function readTwice(): Promise<void> {
  await sleep(1100)
  expect(content.equals(await buffer(await request()))).toBe(true)
  expect(bucket.stats().kernelBytesSent).toBe(0)
  expect(content.equals(await buffer(await request()))).toBe(true)
}

const described = sendFile() === undefined ? describe.skip : describe

described('bytes that were checked', () => {
  test('are sent by the kernel at the second read, most of them without being read again', async () => {
    await readTwice()
    const { kernelBytesSent, dataBytesRead } = bucket.stats()
    expect(kernelBytesSent).toBeGreaterThan(content.byteLength / 4)
    // What is read in between is whole blocks: a little may be read that the kernel had sent.
    expect(kernelBytesSent + dataBytesRead).toBeGreaterThanOrEqual(2 * content.byteLength)
  })

  test('keep the connection, and the next answer on it begins where it should', async () => {
    await readTwice()
    const first = await request('0-99')
    const { socket } = first
    await buffer(first)
    const second = await request('100-199')
    expect(second.socket).toBe(socket)
    expect(content.subarray(100, 200).equals(await buffer(second))).toBe(true)
  })

  test.each([
    [1, 70_000],
    [65_535, 65_536],
    [4 * mebibyte - 1, 9 * mebibyte],
    [20 * mebibyte, content.byteLength - 1],
  ])('from %i to %i are exactly those', async (start, end) => {
    await readTwice()
    const received = await buffer(await request(`${start}-${end}`))
    expect(content.subarray(start, end + 1).equals(received)).toBe(true)
  })

  test('reach a client that reads slowly, whole', async () => {
    await readTwice()
    const response = await request()
    const chunks: Buffer[] = []
    for await (const chunk of response) {
      chunks.push(chunk)
      if (chunks.length % 40 === 0) await sleep(5)
    }
    expect(content.equals(Buffer.concat(chunks))).toBe(true)
  })

  test('are checked again when the file was written to', async () => {
    await readTwice()
    await damage(5 * mebibyte)
    await expect(buffer(await request())).rejects.toMatchObject({ code: 'ECONNRESET' })
    expect(failures).toMatchObject([{ code: 'CONTENT_CORRUPT' }])
    expect(bucket.stats().corruptChunks).toBe(1)
  })
})

async function damage(offset: number): Promise<void> {
  const data = join(bucket.directory, 'd')
  const names = await readdir(data, { recursive: true, withFileTypes: true })
  const file = names.find((entry) => entry.isFile())
  if (file === undefined) throw new Error('no data file')
  const path = join(file.parentPath, file.name)
  const handle = await open(path, 'r+')
  await handle.write(Buffer.from([(content[offset] ?? 0) ^ 1]), 0, 1, offset)
  await handle.close()
  await utimes(path, 1, 1)
}

/**
 * 64 clients that read and write 1 KiB a second beside one that is fast.
 * @module
 */
import { once } from 'node:events'
import { createConnection, type Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { createRandom } from '../harness/random.ts'
import { assertEqual, assertThat } from '../harness/report.ts'
import type { Server } from '../harness/server.ts'
import type { SuiteContext } from '../harness/suite.ts'
import { hugeContent, MiB } from './content.ts'
import { pushStreamed, receive, send } from './http.ts'

const slow = 64
const rate = 1024
/** A fast client beside slow ones may take this many times what it takes alone: room for noise, not for a queue. */
const patience = 3

export async function slowClients({ report, seed, record }: SuiteContext, server: Server): Promise<void> {
  const { port } = server
  report.section(`${slow} clients at ${rate} B/s beside a fast one`)
  await report.check('the fast one is not held up, the slow ones are not cut off', async () => {
    const content = hugeContent(createRandom(seed, 'slow'), 256)
    const digest = await pushStreamed(port, 'size/slow', content.chunks, content.digest)
    const path = `/v2/size/slow/blobs/${digest}`
    const fast = async () => {
      const begun = performance.now()
      assertEqual((await receive({ port, method: 'GET', path })).digest, digest, 'the digest the fast client received')
      return (performance.now() - begun) / 1000
    }
    await fast()
    const alone = Math.min(await fast(), await fast())
    const downloads = await Promise.all(Array.from({ length: slow / 2 }, () => slowDownload(port, path)))
    const uploads = await Promise.all(Array.from({ length: slow / 2 }, () => slowUpload(port)))
    await sleep(3000)
    const beside = Math.min(await fast(), await fast())
    const moved = [...downloads, ...uploads].map((client) => client.stop())
    record({ slowClients: slow, fastAloneSeconds: alone, fastBesideSlowSeconds: beside })
    for (const { bytes, open } of moved) {
      assertThat(open, `a slow client was cut off after ${bytes} bytes`)
      assertThat(bytes > rate, `a slow client moved only ${bytes} bytes`)
    }
    assertThat(
      beside < alone * patience,
      `the fast client took ${beside.toFixed(2)} s beside slow ones, ${alone.toFixed(2)} s alone`,
    )
    return `${alone.toFixed(2)} s alone, ${beside.toFixed(2)} s beside`
  })
}

interface SlowClient {
  /** Ends it and tells what it had moved and whether the server still had it. */
  stop(): { readonly bytes: number; readonly open: boolean }
}

async function slowDownload(port: number, path: string): Promise<SlowClient> {
  const socket = await connect(port)
  socket.write(`GET ${path} HTTP/1.1\r\nhost: 127.0.0.1\r\n\r\n`)
  let bytes = 0
  const timer = setInterval(() => {
    // One small read a second; the rest stays in the kernel until the server cannot send any more.
    const chunk: Buffer | null = socket.read(rate) ?? socket.read()
    bytes += chunk?.length ?? 0
  }, 1000)
  return { stop: () => end(socket, timer, bytes) }
}

async function slowUpload(port: number): Promise<SlowClient> {
  const { location } = await send({ port, method: 'POST', path: '/v2/size/slow-up/blobs/uploads/' }, 202)
  const socket = await connect(port)
  socket.write(
    `PATCH ${location} HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-length: ${64 * MiB}\r\ncontent-type: application/octet-stream\r\n\r\n`,
  )
  let bytes = 0
  const timer = setInterval(() => {
    if (!socket.writable) return
    socket.write(Buffer.alloc(rate))
    bytes += rate
  }, 1000)
  return { stop: () => end(socket, timer, bytes) }
}

async function connect(port: number): Promise<Socket> {
  const socket = createConnection({ port, host: '127.0.0.1' })
  socket.on('error', () => {})
  await once(socket, 'connect')
  return socket
}

function end(socket: Socket, timer: NodeJS.Timeout, bytes: number): { bytes: number; open: boolean } {
  clearInterval(timer)
  const open = !socket.destroyed && !socket.readableEnded
  socket.destroy()
  return { bytes, open }
}

import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { pipeline } from 'node:stream/promises'
import { describe, expect, test } from '@jest/globals'
import { handBack } from '@tsreg/oci/content'
import { byteChunks } from '@tsreg/testkit'
import { largeReads } from './large-reads.ts'

const mebi = 1024 * 1024

/** Sends each connection the bytes of the seed that it names with its first byte. */
async function source(size: number, chunkBytes = 64 * 1024) {
  const server = createServer((socket) => {
    socket.once('data', ([seed = 0]: Buffer) => {
      pipeline(byteChunks({ seed, size, chunkBytes }), socket).catch(() => {})
    })
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  return {
    port,
    expected: (seed: number) => Buffer.concat([...byteChunks({ seed, size })]),
    [Symbol.asyncDispose]: async () => void server.close(),
  }
}

async function* received(port: number, seed: number, options: ReturnType<typeof largeReads>) {
  const socket = connect({ port, host: '127.0.0.1', ...options })
  socket.write(Uint8Array.of(seed))
  yield* socket as AsyncIterable<Buffer>
}

describe('large reads', () => {
  test('of several sockets come through whole when every chunk is handed back after use', async () => {
    await using from = await source(8 * mebi)
    const options = largeReads()
    const copies = await Promise.all(
      [1, 2, 3, 4].map(async (seed) => {
        const copy: Buffer[] = []
        for await (const chunk of received(from.port, seed, options)) {
          copy.push(Buffer.from(chunk))
          handBack(chunk)
        }
        return { seed, bytes: Buffer.concat(copy) }
      }),
    )
    for (const { seed, bytes } of copies) expect(bytes.equals(from.expected(seed))).toBe(true)
  })

  test('never overwrite a chunk that was not handed back', async () => {
    await using from = await source(4 * mebi)
    const options = largeReads()
    const kept: Buffer[] = []
    const keep = async () => {
      for await (const chunk of received(from.port, 1, options)) kept.push(chunk)
    }
    const use = async (seed: number) => {
      for await (const chunk of received(from.port, seed, options)) handBack(chunk)
    }
    await Promise.all([keep(), use(2), use(3)])
    await use(4)
    expect(Buffer.concat(kept).equals(from.expected(1))).toBe(true)
  })

  test('go into a buffer again only when all of its chunks were handed back', () => {
    const { onread } = largeReads()
    const chunks: Buffer[] = []
    const socket = { push: (chunk: Buffer) => chunks.push(chunk) > 0 } as unknown as Socket
    const half = 128 * 1024
    onread.callback.call(socket, half, onread.buffer())
    onread.callback.call(socket, half, onread.buffer())
    const [first, second] = chunks as [Buffer, Buffer]
    expect(first.buffer).toBe(second.buffer)
    expect(onread.buffer().buffer).not.toBe(first.buffer)
    handBack(second)
    expect(onread.buffer().buffer).not.toBe(first.buffer)
    handBack(first)
    expect(onread.buffer().buffer).toBe(first.buffer)
  })

  test('go into the same buffer again and again', async () => {
    await using from = await source(16 * mebi)
    const buffers = new Set<ArrayBufferLike>()
    for await (const chunk of received(from.port, 1, largeReads())) {
      buffers.add(chunk.buffer)
      handBack(chunk)
    }
    // 64 of them have the size of the content.
    expect(buffers.size).toBeLessThan(8)
  })

  test('of a few bytes each share a buffer', async () => {
    await using from = await source(20_000, 10)
    const buffers = new Set<ArrayBufferLike>()
    for await (const chunk of received(from.port, 1, largeReads())) buffers.add(chunk.buffer)
    expect(buffers.size).toBe(1)
  })
})

/**
 * The way from the replicas to the store, with everything that can go wrong on it. Requests pass as they are, byte for
 * byte, so that their signatures hold.
 * @module
 */

import { once } from 'node:events'
import { Agent, createServer, type IncomingMessage, request, type ServerResponse } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { clear, type Fault, type FaultKind, type Weather } from './weather.ts'

export interface FaultProxy {
  /** `http://127.0.0.1:<port>`: the endpoint for the replicas. */
  readonly endpoint: string
  /** From the next request on. */
  setWeather(weather: Weather): void
  /** Requests that met each kind of fault since the start. */
  readonly met: Readonly<Record<FaultKind, number>>
  /** Resets every connection and takes no new one, until {@link comeBack}. */
  goAway(): Promise<void>
  comeBack(): Promise<void>
  close(): Promise<void>
}

/** @param target `http://host:port` of the store */
export async function startFaultProxy(target: string): Promise<FaultProxy> {
  const { hostname, port: targetPort } = new URL(target)
  const agent = new Agent({ keepAlive: true })
  const sockets = new Set<Socket>()
  const stale = new WeakSet<Socket>()
  const met: Record<FaultKind, number> = {
    ...{ none: 0, reset: 0, 'lost-reply': 0, truncated: 0, stale: 0, hang: 0, latency: 0, error: 0, 'error-after': 0 },
  }
  let weather = clear

  function forward(incoming: IncomingMessage): Promise<IncomingMessage> {
    return new Promise((resolve, reject) => {
      const headers = withoutExpect(incoming.rawHeaders)
      const { method, url } = incoming
      const outgoing = request({ host: hostname, port: targetPort, method, path: url, headers, agent, setHost: false })
      outgoing.once('response', resolve)
      outgoing.once('error', reject)
      incoming.once('error', reject)
      incoming.once('close', () => {
        if (!incoming.complete) outgoing.destroy()
      })
      incoming.pipe(outgoing)
    })
  }

  async function handle(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    const { socket } = incoming
    const fault: Fault = stale.has(socket) ? { kind: 'reset' } : weather.next()
    met[fault.kind] += 1
    switch (fault.kind) {
      case 'hang':
        return void incoming.resume()
      case 'reset':
        return void socket.resetAndDestroy()
      case 'error':
        return answerError(incoming, response, fault)
      case 'latency':
        await sleep(fault.delayMs)
    }
    const reply = await forward(incoming)
    if (fault.kind === 'lost-reply' || fault.kind === 'error-after') await drain(reply)
    if (fault.kind === 'lost-reply') return void socket.resetAndDestroy()
    if (fault.kind === 'error-after') return answerError(incoming, response, fault)
    response.writeHead(reply.statusCode ?? 502, reply.rawHeaders)
    if (fault.kind === 'truncated') return await sendHalf(reply, response)
    if (fault.kind === 'stale') stale.add(socket)
    reply.pipe(response)
  }

  const server = createServer({ keepAliveTimeout: 600_000, requestTimeout: 0 }, (incoming, response) => {
    // A connection that breaks on either side is the weather, too.
    handle(incoming, response).catch(() => incoming.socket.destroy())
  })
  server.on('connection', (socket) => {
    sockets.add(socket)
    socket.once('close', () => sockets.delete(socket))
  })
  const open = async (port: number): Promise<number> => {
    server.listen(port, '127.0.0.1')
    await once(server, 'listening')
    return (server.address() as AddressInfo).port
  }
  const shut = async (): Promise<void> => {
    if (!server.listening) return
    const closed = once(server, 'close')
    server.close()
    for (const socket of sockets) socket.resetAndDestroy()
    await closed
  }
  const port = await open(0)

  return {
    endpoint: `http://127.0.0.1:${port}`,
    setWeather(next) {
      weather = next
    },
    met,
    goAway: shut,
    comeBack: async () => void (await open(port)),
    async close() {
      agent.destroy()
      await shut()
    },
  }
}

/** The body may come at once: this is no server that would refuse it by its headers. */
function withoutExpect(raw: readonly string[]): string[] {
  return raw.filter((_, index) => raw[index - (index % 2)]?.toLowerCase() !== 'expect')
}

async function drain(reply: IncomingMessage): Promise<void> {
  for await (const _ of reply);
}

/** As a server in front of the store would: the request is read over, the connection goes on. */
function answerError(
  incoming: IncomingMessage,
  response: ServerResponse,
  { status, code }: { readonly status: number; readonly code: string },
): void {
  incoming.resume()
  const body = `<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>${code}</Code><Message>weather</Message></Error>`
  response.writeHead(status, { 'content-type': 'application/xml', 'content-length': body.length })
  response.end(incoming.method === 'HEAD' ? undefined : body)
}

/** Half of the body that the headers promise, then the end of the connection. */
async function sendHalf(reply: IncomingMessage, response: ServerResponse): Promise<void> {
  const promised = Number(reply.headers['content-length'] ?? 0)
  let left = Math.floor(promised / 2)
  for await (const chunk of reply as AsyncIterable<Buffer>) {
    const piece = chunk.subarray(0, left)
    left -= piece.length
    if (piece.length > 0) response.write(piece)
  }
  response.flushHeaders()
  response.socket?.destroySoon()
}

/**
 * A load balancer of the plainest sort: every connection goes to the next replica that takes it.
 * @module
 */

import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'

export interface Balancer {
  /** `http://127.0.0.1:<port>` */
  readonly origin: string
  close(): void
}

export async function startBalancer(ports: readonly number[]): Promise<Balancer> {
  let turn = 0
  const sockets = new Set<Socket>()
  const server = createServer(async (client) => {
    sockets.add(client)
    client.on('error', () => {})
    client.once('close', () => sockets.delete(client))
    const replica = await firstOf(Array.from(ports, (_, n) => ports[(turn + n) % ports.length] ?? 0))
    turn += 1
    if (replica === undefined) return void client.destroy()
    replica.on('error', () => client.destroy())
    replica.once('close', () => client.destroy())
    client.once('close', () => replica.destroy())
    client.pipe(replica)
    replica.pipe(client)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close() {
      server.close()
      for (const socket of sockets) socket.destroy()
    },
  }
}

/** A connection to the first replica that takes one; they are asked twice, for they may all be starting. */
async function firstOf(ports: readonly number[]): Promise<Socket | undefined> {
  for (const port of [...ports, ...ports]) {
    const socket = connect(port, '127.0.0.1')
    const isOpen = await once(socket, 'connect').then(
      () => true,
      () => false,
    )
    if (isOpen) return socket
    await sleep(50)
  }
  return undefined
}

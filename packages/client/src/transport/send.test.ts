import { once } from 'node:events'
import { createServer } from 'node:http'
import { type AddressInfo, createServer as createRawServer } from 'node:net'
import { afterEach, describe, expect, test } from '@jest/globals'
import { scriptedServer } from '@tsreg/testkit'
import { openScripted } from '../testing/open-scripted.ts'

const names = ['HTTP_PROXY', 'http_proxy', 'HTTPS_PROXY', 'https_proxy', 'NO_PROXY', 'no_proxy']
const before = Object.fromEntries(names.map((name) => [name, process.env[name]]))

afterEach(() => {
  for (const name of names) {
    if (before[name] === undefined) delete process.env[name]
    else process.env[name] = before[name]
  }
})

/** Answers requests for http addresses itself, and opens no tunnels. */
async function proxy(): Promise<{ url: string; asked: string[] } & AsyncDisposable> {
  const asked: string[] = []
  const server = createServer((request, response) => {
    asked.push(`${request.method} ${request.url}`)
    response.end()
  })
  server.on('connect', (request, socket) => {
    asked.push(`CONNECT ${request.url}`)
    socket.end('HTTP/1.1 502 Bad Gateway\r\n\r\n')
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections()
      server.close()
    },
  }
}

describe('a proxy of the environment', () => {
  test('is used for registries elsewhere', async () => {
    await using between = await proxy()
    process.env.HTTP_PROXY = between.url
    await using client = openScripted('registry.example', { plainHttp: true })
    await client.registry.ping()
    expect(between.asked).toEqual(['GET http://registry.example/v2/'])
  })

  test('that refuses is a failure of the network', async () => {
    await using between = await proxy()
    process.env.HTTPS_PROXY = between.url
    await using client = openScripted('registry.example', { retry: { attempts: 2 } })
    await expect(client.registry.ping()).rejects.toMatchObject({ code: 'NETWORK', attempts: 2 })
    expect(new Set(between.asked)).toEqual(new Set(['CONNECT registry.example:443']))
  })

  test('is not used for loopback', async () => {
    await using server = await scriptedServer([{ request: { path: '/v2/' } }])
    await using between = await proxy()
    process.env.HTTP_PROXY = between.url
    await using client = openScripted(server.host)
    await client.registry.ping()
    expect(between.asked).toEqual([])
  })
})

describe('a request', () => {
  test('whose signal has fired is not sent', async () => {
    await using server = await scriptedServer([])
    await using client = openScripted(server.host)
    const reason = new Error('enough')
    await expect(client.registry.ping({ signal: AbortSignal.abort(reason) })).rejects.toBe(reason)
  })

  test('that gets interim answers for ever is broken off', async () => {
    const server = createRawServer((socket) => {
      socket.on('error', () => {})
      const timer = setInterval(() => socket.write('HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n'), 1)
      socket.on('close', () => clearInterval(timer))
    })
    await once(server.listen(0, '127.0.0.1'), 'listening')
    const { port } = server.address() as AddressInfo
    await using client = openScripted(`127.0.0.1:${port}`)
    await expect(client.registry.ping()).rejects.toMatchObject({
      code: 'PROTOCOL',
      message: expect.stringContaining('interim answers'),
    })
    await client.registry.close()
    server.close()
  })

  test('that gets an interim answer waits for the next one', async () => {
    const server = createRawServer((socket) => {
      socket.on('error', () => {})
      socket.once('data', () =>
        socket.end('HTTP/1.1 103 Early Hints\r\n\r\nHTTP/1.1 200 OK\r\nServer: s\r\nContent-Length: 2\r\n\r\n{}'),
      )
    })
    await once(server.listen(0, '127.0.0.1'), 'listening')
    const { port } = server.address() as AddressInfo
    await using client = openScripted(`127.0.0.1:${port}`)
    expect((await client.registry.ping()).server).toBe('s')
    server.close()
  })

  test('asks for bytes as they are', async () => {
    await using server = await scriptedServer([
      { request: { path: '/v2/', headers: { 'accept-encoding': 'identity' } } },
    ])
    await using client = openScripted(server.host)
    await client.registry.ping()
  })
})

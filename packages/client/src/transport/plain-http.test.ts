import { once } from 'node:events'
import { createServer, type Server } from 'node:https'
import type { AddressInfo } from 'node:net'
import { describe, expect, test } from '@jest/globals'
import { collectItems, scriptedServer } from '@tsreg/testkit'
import { openScripted } from '../testing/open-scripted.ts'
import { testCertificate, testKey } from '../testing/test-certificate.ts'

async function tlsRegistry(): Promise<{ host: string; secrets: string[] } & AsyncDisposable> {
  const secrets: string[] = []
  const server: Server = createServer({ cert: testCertificate, key: testKey }, (request, response) => {
    if (request.headers.authorization !== undefined) secrets.push(request.headers.authorization)
    response.end('{"tags":["over tls"]}')
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    host: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    secrets,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}

describe('between http and https', () => {
  test('a loopback registry is spoken to over http without being told', async () => {
    await using server = await scriptedServer([{ request: { path: '/v2/' } }])
    await using client = openScripted(server.host)
    await client.registry.ping()
  })

  test('a loopback registry that wants TLS gets it', async () => {
    await using server = await tlsRegistry()
    await using client = openScripted(server.host, { tls: { ca: testCertificate } })
    const repository = client.registry.repository('repo')
    expect(await collectItems(repository.tags())).toEqual(['over tls'])
    expect(await collectItems(repository.tags())).toEqual(['over tls'])
  })

  test('a loopback registry with an unknown certificate is refused', async () => {
    await using server = await tlsRegistry()
    await using client = openScripted(server.host)
    await expect(client.registry.ping()).rejects.toMatchObject({
      code: 'TLS',
      message: expect.stringMatching(/self.signed/),
    })
  })

  test('the certificate is not looked at when that is asked for', async () => {
    await using server = await tlsRegistry()
    await using client = openScripted(server.host, { plainHttp: false, tls: { insecureSkipVerify: true } })
    await client.registry.ping()
  })

  test('a registry that says that it wants https gets it', async () => {
    await using tls = await tlsRegistry()
    await using server = await scriptedServer([
      {
        request: { path: '/v2/' },
        response: { status: 400, body: 'Client sent an HTTP request to an HTTPS server.\n' },
      },
    ])
    // Over TLS nobody answers there, so that the 400 stands.
    await using client = openScripted(server.host, { retry: { attempts: 1 } })
    await expect(client.registry.ping()).rejects.toMatchObject({ code: 'PROTOCOL', status: 400 })
    expect(tls.secrets).toEqual([])
  })

  test('a registry without TLS, spoken to over https, is told apart with the option that helps', async () => {
    await using server = await scriptedServer([])
    await using client = openScripted(server.host, { plainHttp: false })
    await expect(client.registry.ping()).rejects.toMatchObject({
      code: 'TLS',
      advice: expect.stringMatching(/allow plain http/),
      message: expect.stringMatching(/plain HTTP/),
    })
  })

  test('an http address that the registry gives for itself is reached the way it is spoken to', async () => {
    await using server = await scriptedServer([
      {
        request: { path: '/v2/repo/tags/list?n=1000' },
        response: ({ headers }) => ({
          body: { tags: ['a'] },
          headers: { link: `<https://${headers.host}/next>; rel="next"` },
        }),
      },
      { request: { path: '/next' }, response: { body: { tags: ['b'] } } },
    ])
    await using client = openScripted(server.host)
    expect(await collectItems(client.registry.repository('repo').tags())).toEqual(['a', 'b'])
  })
})

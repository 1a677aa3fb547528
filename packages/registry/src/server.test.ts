import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { get } from 'node:https'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { connect } from 'node:tls'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { startRegistry } from './main.ts'
import { type CertificatePair, certificateOne, certificateTwo } from './testing/certificates.ts'
import { bytes, pushImage, rawConnection, sha256, type TestRegistry, testRegistry } from './testing/test-registry.ts'

describe('server', () => {
  let registry: TestRegistry
  beforeAll(async () => {
    registry = await testRegistry({ headerTimeoutSeconds: 0.3 })
  })
  afterAll(() => registry.close())

  test('headers that trickle in (slowloris) get 408 and the connection is closed', async () => {
    const connection = await rawConnection(registry.port)
    connection.write('GET /v2/ HTTP/1.1\r\nHost: x\r\n')
    const timer = setInterval(() => connection.write('X-Slow: 1\r\n'), 50)
    const text = await connection.ended()
    clearInterval(timer)
    expect(text).toMatch(/^HTTP\/1\.1 408 /)
  })

  test('what is no HTTP gets 400 in the JSON of the specification', async () => {
    const connection = await rawConnection(registry.port)
    connection.write('\x16\x03\x01\x02\x00nonsense\r\n\r\n')
    const text = await connection.ended()
    expect(text).toMatch(/^HTTP\/1\.1 400 /)
    expect(JSON.parse(text.slice(text.indexOf('\r\n\r\n') + 4)).errors[0].code).toBe('UNSUPPORTED')
  })

  test('headers that are too large get 431', async () => {
    const connection = await rawConnection(registry.port)
    connection.write(`GET /v2/ HTTP/1.1\r\nHost: x\r\nX-Large: ${'x'.repeat(40_000)}\r\n\r\n`)
    expect(await connection.ended()).toMatch(/^HTTP\/1\.1 431 /)
  })

  test('requests that are sent without waiting are answered in their order', async () => {
    await pushImage(registry, 'library/pipe', 'v1')
    const connection = await rawConnection(registry.port)
    const line = (path: string) => `GET ${path} HTTP/1.1\r\nHost: x\r\n\r\n`
    connection.write(line('/v2/library/pipe/manifests/v1') + line('/v2/') + line('/v2/library/pipe/manifests/none'))
    const text = await connection.received(/MANIFEST_UNKNOWN/)
    expect(text.match(/HTTP\/1\.1 \d+/g)).toEqual(['HTTP/1.1 200', 'HTTP/1.1 200', 'HTTP/1.1 404'])
    connection.socket.destroy()
  })

  test('a body that is announced with 100-continue is asked for', async () => {
    const connection = await rawConnection(registry.port)
    const content = 'continued'
    connection.write(
      `POST /v2/library/pipe/blobs/uploads/?digest=${sha256(content)} HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\nExpect: 100-continue\r\n\r\n`,
    )
    await connection.received(/^HTTP\/1\.1 100 Continue\r\n\r\n/)
    connection.write(content)
    expect(await connection.received(/HTTP\/1\.1 201 /)).toContain(sha256(content))
    connection.socket.destroy()
  })

  test('a large body that is refused in its middle still lets the client read why', async () => {
    const sent = registry.begin('PUT', '/v2/library/pipe/manifests/.bad', { 'content-length': 50_000_000 })
    sent.on('error', () => {})
    sent.write(bytes(1_000_000))
    const status = await new Promise((resolve) => {
      sent.once('response', (response) => {
        response.resume()
        resolve([response.statusCode, response.headers.connection])
      })
    })
    expect(status).toEqual([400, 'close'])
    sent.destroy()
  })

  test('after a refusal with a small body the connection goes on', async () => {
    const connection = await rawConnection(registry.port)
    connection.write('PUT /v2/library/pipe/manifests/.bad HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nxxxxx')
    await connection.received(/TAG_INVALID/)
    connection.write('GET /v2/ HTTP/1.1\r\nHost: x\r\n\r\n')
    expect(await connection.received(/HTTP\/1\.1 200 /)).toContain('TAG_INVALID')
    connection.socket.destroy()
  })

  test('a blob that is there already is acknowledged when its body has been read over', async () => {
    const content = bytes(3_000_000, 4)
    const path = `/v2/library/pipe/blobs/uploads/?digest=${sha256(content)}`
    for (let n = 0; n < 3; n += 1) expect((await registry.ask('POST', path, { body: content })).status).toBe(201)
  })

  test('a second registry on the same address says so', async () => {
    const start = startRegistry({ listen: `127.0.0.1:${registry.port}`, storage: 'memory:', logLevel: 'silent' })
    await expect(start).rejects.toMatchObject({ code: 'IN_USE', message: expect.stringContaining('another port') })
  })

  test('an address of another machine is refused with advice', async () => {
    const start = startRegistry({
      listen: '192.0.2.1:0',
      allowUnauthenticated: true,
      storage: 'memory:',
      logLevel: 'silent',
    })
    await expect(start).rejects.toMatchObject({
      code: 'CONFIG_INVALID',
      message: expect.stringContaining('an address of this machine'),
    })
  })
})

describe('TLS', () => {
  let directory: string
  const write = (name: string, { certificate, key }: CertificatePair) => {
    const paths = { tlsCert: join(directory, `${name}.pem`), tlsKey: join(directory, `${name}.key`) }
    writeFileSync(paths.tlsCert, certificate)
    writeFileSync(paths.tlsKey, key)
    return paths
  }
  beforeAll(() => {
    directory = mkdtempSync(join(tmpdir(), 'tsreg-tls-'))
  })
  afterAll(() => rmSync(directory, { recursive: true }))

  test('with a certificate and its key the registry speaks HTTPS', async () => {
    const paths = write('first', certificateOne)
    const registry = await testRegistry(paths)
    expect(registry.url).toBe(`https://127.0.0.1:${registry.port}`)
    const status = await new Promise((resolve, reject) => {
      get(`${registry.url}/v2/`, { ca: certificateOne.certificate, agent: false }, (response) => {
        response.resume()
        resolve([response.statusCode, response.headers['docker-distribution-api-version']])
      }).once('error', reject)
    })
    expect(status).toEqual([200, 'registry/2.0'])
    await registry.close()
  })

  test('a renewed certificate is used for new connections, a broken one is not', async () => {
    const paths = write('renewed', certificateOne)
    const registry = await testRegistry(paths)
    writeFileSync(paths.tlsCert, 'half a certif')
    await logged(registry, 'the new certificate cannot be used; the old one stays')
    expect(await certificateOf(registry.port)).toBe('one')
    write('renewed', certificateTwo)
    await logged(registry, 'certificate read again')
    expect(await certificateOf(registry.port)).toBe('two')
    await registry.close()
  })

  function certificateOf(port: number): Promise<unknown> {
    return new Promise((resolve, reject) => {
      const socket = connect({ port, host: '127.0.0.1', rejectUnauthorized: false }, () => {
        resolve(socket.getPeerCertificate().subject.CN)
        socket.destroy()
      })
      socket.once('error', reject)
    })
  }

  async function logged(registry: TestRegistry, message: string): Promise<void> {
    while (!registry.logged().some(({ msg }) => msg === message))
      await new Promise((resolve) => setTimeout(resolve, 20))
  }

  test('a certificate that is none, or of another key, is refused at the start', async () => {
    const paths = write('second', certificateOne)
    const other = write('third', certificateTwo)
    writeFileSync(join(directory, 'empty'), 'no certificate')
    for (const tls of [
      { ...paths, tlsCert: join(directory, 'none') },
      { ...paths, tlsCert: join(directory, 'empty') },
      { ...paths, tlsKey: other.tlsKey },
    ]) {
      await expect(testRegistry(tls)).rejects.toMatchObject({ code: 'CONFIG_INVALID', setting: 'tlsCert' })
    }
  })
})

import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from '@jest/globals'
import { openStorage } from '@tsreg/storage'
import { memoryBucket } from '@tsreg/storage/bucket'
import { hash } from 'bcrypt'
import { pushImage, rawConnection, testRegistry } from '../testing/test-registry.ts'

describe('log', () => {
  test('no secret that a client sends, and no hash, is ever logged', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'tsreg-canary-'))
    const htpasswd = join(directory, 'htpasswd')
    const stored = await hash('canary-password', 4)
    await writeFile(htpasswd, `anna:${stored}\n`)
    const registry = await testRegistry({ htpasswd, logLevel: 'trace' })
    const basic = (text: string) => `Basic ${Buffer.from(text).toString('base64')}`
    const secrets = [
      basic('anna:canary-password'),
      basic('anna:canary-wrong'),
      basic('canary-user:canary-wrong'),
      'Bearer canary-token',
      'Basic canary-malformed',
      'canary-scheme canary',
    ]
    for (const authorization of secrets) {
      for (const path of [
        '/v2/',
        '/v2/a/manifests/none?access_token=canary-query',
        '/v2/a/tags/list?n=canary-number',
        '/v2/a/blobs/uploads/?digest=canary-digest',
        '/nowhere?password=canary-query',
      ]) {
        for (const method of ['GET', 'POST']) {
          await registry.ask(method, path, {
            headers: { authorization, cookie: 'session=canary-cookie', 'x-secret': 'canary-header' },
            body: 'canary-body',
          })
        }
      }
    }
    const connection = await rawConnection(registry.port)
    connection.write('GET / HTTP/1.1\r\nHost: x\r\nAuthorization: Basic canary-raw\r\nBroken header\r\n\r\n')
    await connection.ended()
    await writeFile(htpasswd, 'anna:canary-clear\n')
    await registry.close()
    await rm(directory, { recursive: true })
    const text = registry.loggedText()
    expect(text.length).toBeGreaterThan(1000)
    expect(text).not.toContain('canary')
    for (const secret of [...secrets, stored, stored.slice(7)]) {
      expect(text).not.toContain(secret.replace(/^Basic /, ''))
    }
  })

  test('a request is one line of JSON with its id, also when its path is odd', async () => {
    const registry = await testRegistry()
    await pushImage(registry, 'library/app', 'v1')
    const answer = await registry.ask('GET', '/v2/library/app/manifests/v1', { headers: { 'user-agent': 'a"b\\c' } })
    const connection = await rawConnection(registry.port)
    connection.write('GET /odd"path\\x HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n')
    await connection.ended()
    await registry.close()
    const lines = registry.logged().filter(({ msg }) => msg === 'request')
    expect(lines).toContainEqual({
      level: 30,
      time: expect.any(Number),
      msg: 'request',
      requestId: answer.headers['x-request-id'],
      remote: '127.0.0.1',
      method: 'GET',
      path: '/v2/library/app/manifests/v1',
      route: 'manifest',
      status: 200,
      bytes: answer.body.length,
      durationMs: expect.any(Number),
      complete: true,
      userAgent: 'a"b\\c',
    })
    expect(lines.some(({ path }) => String(path).startsWith('/odd"path\\'))).toBe(true)
  })

  test('an error is logged with the request id and its cause, and the client is not told the cause', async () => {
    const storage = await openStorage(memoryBucket())
    const broken = {
      ...storage,
      close: () => storage.close(),
      ping: () => storage.ping(),
      repository: () => {
        throw new TypeError('inner detail')
      },
    }
    const registry = await testRegistry({}, { storage: broken })
    const answer = await registry.ask('GET', '/v2/library/app/manifests/v1')
    await registry.close()
    expect(answer.status).toBe(500)
    expect(answer.body.toString()).not.toContain('inner detail')
    expect(registry.logged()).toContainEqual(
      expect.objectContaining({
        level: 50,
        msg: 'request failed',
        requestId: answer.headers['x-request-id'],
        err: expect.objectContaining({ message: 'inner detail', stack: expect.stringContaining('TypeError') }),
      }),
    )
  })

  test('the access log can be switched off', async () => {
    const registry = await testRegistry({ accessLog: false })
    await registry.ask('GET', '/v2/')
    await registry.close()
    expect(registry.logged().filter(({ msg }) => msg === 'request')).toEqual([])
  })
})

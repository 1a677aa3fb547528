import { Readable } from 'node:stream'
import { expect, test } from '@jest/globals'
import { OciError } from '@tsreg/oci'
import { registryWith } from '../testing/changed-storage.ts'
import {
  answerOf,
  bytes,
  errorOf,
  pushBlob,
  rawConnection,
  sha256,
  type TestRegistry,
} from '../testing/test-registry.ts'

const post = (registry: TestRegistry, content: Uint8Array) =>
  registry.ask('POST', `/v2/library/full/blobs/uploads/?digest=${sha256(content)}`, { body: content })

test('a full storage gets 507, and when there is room again the same push succeeds', async () => {
  let full = true
  const registry = await registryWith(({ uploads }) => ({
    uploads: {
      create: (options) => uploads.create(options),
      resume: (id, options) => uploads.resume(id, options),
      async put(digest, content, options) {
        if (!full) return uploads.put(digest, content, options)
        for await (const _chunk of content) throw Object.assign(new Error('no space'), { code: 'ENOSPC' })
        throw new OciError('STORAGE_FULL')
      },
    },
  }))
  const content = bytes(2_000_000, 40)
  const refused = await post(registry, content)
  expect([refused.status, errorOf(refused).code]).toEqual([507, 'STORAGE_FULL'])
  full = false
  expect((await post(registry, content)).status).toBe(201)
  await registry.close()
})

test('after an error in the middle of a small body the connection goes on', async () => {
  const registry = await registryWith(({ uploads }) => ({
    uploads: {
      create: (options) => uploads.create(options),
      resume: (id, options) => uploads.resume(id, options),
      async put(_digest, content) {
        for await (const _chunk of content) break
        throw new OciError('STORAGE_FULL')
      },
    },
  }))
  const connection = await rawConnection(registry.port)
  const head = `POST /v2/a/blobs/uploads/?digest=${sha256('x')} HTTP/1.1\r\nHost: x\r\nContent-Length: 60000\r\n\r\n`
  connection.write(head + 'x'.repeat(30_000))
  await connection.received(/STORAGE_FULL/)
  connection.write(`${'x'.repeat(30_000)}GET /v2/ HTTP/1.1\r\nHost: x\r\n\r\n`)
  await connection.received(/HTTP\/1\.1 200 /)
  connection.write(`${head}${'x'.repeat(60_000)}GET /livez HTTP/1.1\r\nHost: x\r\n\r\n`)
  await connection.received(/ok\n$/)
  connection.socket.destroy()
  await registry.close()
})

test('a storage that is not available gets 503 with the time to try again', async () => {
  const registry = await registryWith(({ blobs }) => ({
    blobs: { ...blobs, stat: () => Promise.reject(new OciError('UNAVAILABLE', 'the bucket does not answer')) },
  }))
  const answer = await registry.ask('GET', `/v2/library/app/blobs/${sha256('x')}`)
  expect([answer.status, errorOf(answer).code, answer.headers['retry-after']]).toEqual([503, 'UNAVAILABLE', '5'])
  expect(registry.logged()).toContainEqual(expect.objectContaining({ level: 40, msg: 'the bucket does not answer' }))
  await registry.close()
})

test('content that turns out corrupt breaks the connection off, is logged and counted', async () => {
  const content = bytes(1_000_000, 41)
  const registry = await registryWith(({ blobs }) => ({
    blobs: {
      stat: (digest, options) => blobs.stat(digest, options),
      signedUrl: async () => undefined,
      mount: (digest, from, options) => blobs.mount(digest, from, options),
      delete: (digest, options) => blobs.delete(digest, options),
      open: async (digest) =>
        Readable.from(
          (async function* () {
            yield content.subarray(0, 500_000)
            throw new OciError('CONTENT_CORRUPT', `stored bytes of ${digest} are not what they were`)
          })(),
        ),
    },
  }))
  const digest = await pushBlob(registry, 'library/corrupt', content)
  const sent = registry.begin('GET', `/v2/library/corrupt/blobs/${digest}`)
  const answer = answerOf(sent)
  sent.end()
  await expect(answer).rejects.toThrow(/aborted|hang up|ECONNRESET/)
  const metrics = (await registry.ask('GET', '/metrics')).body.toString()
  expect(metrics).toContain('tsreg_content_corrupt_total 1')
  expect(registry.logged()).toContainEqual(
    expect.objectContaining({ level: 50, code: 'CONTENT_CORRUPT', msg: expect.stringContaining(digest) }),
  )
  expect(registry.logged()).toContainEqual(
    expect.objectContaining({ msg: 'request', route: 'blob', status: 200, complete: false, code: 'CONTENT_CORRUPT' }),
  )
  await registry.close()
})

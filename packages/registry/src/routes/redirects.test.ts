import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { pipeline } from 'node:stream/promises'
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { openStorage } from '@tsreg/storage'
import { type Bucket, memoryBucket } from '@tsreg/storage/bucket'
import { bytes, pushBlob, type TestRegistry, testRegistry } from '../testing/test-registry.ts'

interface Store {
  readonly bucket: Bucket
  /** Requests to the URLs, as they came. */
  readonly seen: { readonly url: string; readonly authorization: string | undefined }[]
  close(): void
}

/** A bucket whose URLs lead to a server of its own, which knows the first sort of Range. */
async function storeWithUrls(): Promise<Store> {
  const bucket = memoryBucket()
  const seen: Store['seen'] = []
  const server: Server = createServer(async ({ url = '', headers }, response) => {
    seen.push({ url, authorization: headers.authorization })
    const [path = ''] = url.split('?')
    const key = path.slice(1)
    const size = (await bucket.stat(key))?.size ?? 0
    const [, first, last] = /^bytes=(\d+)-(\d*)$/.exec(headers.range ?? '') ?? []
    const range = { start: Number(first ?? 0), end: last === '' || last === undefined ? size - 1 : Number(last) }
    response.writeHead(first === undefined ? 200 : 206, { 'content-length': range.end - range.start + 1 })
    await pipeline(await bucket.get(key, { range }), response)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    bucket: {
      ...bucket,
      signedUrl: async (key, { expiresSeconds }) => `http://localhost:${port}/${key}?for=${expiresSeconds}`,
    },
    seen,
    close() {
      server.closeAllConnections()
      server.close()
    },
  }
}

describe('redirects to a store that has URLs', () => {
  let store: Store
  let registry: TestRegistry
  const content = bytes(300_000)
  const start = async (settings: Parameters<typeof testRegistry>[0] = {}): Promise<string> => {
    const { redirects = true, redirectSeconds = 1200 } = settings
    const storage = await openStorage(store.bucket, { signedUrlMs: redirects ? redirectSeconds * 1000 : 0 })
    registry = await testRegistry(settings, { storage })
    return `${registry.url}/v2/a/blobs/${await pushBlob(registry, 'a', content)}`
  }
  beforeEach(async () => {
    store = await storeWithUrls()
  })
  afterEach(async () => {
    await registry.close()
    store.close()
  })

  test('a client gets the bytes from the store, whole and in ranges, and tells it no password', async () => {
    const url = await start()
    const authorization = `Basic ${Buffer.from('u:p').toString('base64')}`
    const whole = await fetch(url, { headers: { authorization } })
    expect(Buffer.from(await whole.arrayBuffer()).equals(content)).toBe(true)
    const part = await fetch(url, { headers: { authorization, range: 'bytes=1000-1999' } })
    expect(part.status).toBe(206)
    expect(Buffer.from(await part.arrayBuffer()).equals(content.subarray(1000, 2000))).toBe(true)
    const rest = await fetch(url, { headers: { range: 'bytes=299990-' } })
    expect(Buffer.from(await rest.arrayBuffer()).equals(content.subarray(-10))).toBe(true)
    expect(store.seen.map((request) => request.authorization)).toEqual([undefined, undefined, undefined])
    expect(store.seen[0]?.url).toMatch(/^\/d\/.*\?for=1200$/)
  })

  test('HEAD and conditional requests are answered by the registry, and so are blobs in their pointer', async () => {
    const url = await start()
    const head = await fetch(url, { method: 'HEAD', redirect: 'manual' })
    expect([head.status, head.headers.get('content-length')]).toEqual([200, '300000'])
    const digest = url.split('/').at(-1)
    const unchanged = await fetch(url, { headers: { 'if-none-match': `"${digest}"` }, redirect: 'manual' })
    expect(unchanged.status).toBe(304)
    const small = await pushBlob(registry, 'a', 'small')
    const answer = await registry.ask('GET', `/v2/a/blobs/${small}`)
    expect([answer.status, answer.body.toString()]).toEqual([200, 'small'])
    expect(store.seen).toEqual([])
  })

  test('the lifetime of a URL is what the setting says', async () => {
    const url = await start({ redirectSeconds: 7 })
    const answer = await fetch(url, { redirect: 'manual' })
    expect([answer.status, answer.headers.get('location')]).toEqual([307, expect.stringMatching(/\?for=7$/)])
  })

  test('with redirects off the registry streams, ranges too', async () => {
    const url = await start({ redirects: false })
    const answer = await fetch(url, { headers: { range: 'bytes=5-9' }, redirect: 'manual' })
    expect(answer.status).toBe(206)
    expect(Buffer.from(await answer.arrayBuffer()).equals(content.subarray(5, 10))).toBe(true)
    expect(store.seen).toEqual([])
  })
})

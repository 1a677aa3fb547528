import { createHash } from 'node:crypto'
import { afterEach, describe, expect, test } from '@jest/globals'
import { type S3Behaviour, swiftBehaviour } from './behaviour.ts'
import { internalError, lostReply, lostRequest, slowDown } from './faults.ts'
import { type S3Double, startS3Double } from './s3-double.ts'

let double: S3Double | undefined
afterEach(() => double?.close())

type Send = (method: string, path: string, init?: RequestInit) => Promise<Response>

async function start(behaviour: Partial<S3Behaviour> = {}): Promise<[S3Double, Send]> {
  const started = await startS3Double({ behaviour: { checkSignatures: false, ...behaviour } })
  double = started
  return [started, (method, path, init) => fetch(`${started.endpoint}/test/${path}`, { method, ...init })]
}

const md5 = (text: string): string => createHash('md5').update(text).digest('hex')
const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex')
const code = async (response: Response): Promise<string | undefined> =>
  /<Code>(\w+)<\/Code>/.exec(await response.text())?.[1]
const statuses = (responses: readonly Response[]): readonly number[] =>
  responses.map(({ status }) => status).toSorted((a, b) => a - b)

describe('objects', () => {
  test('an object is read back with its ETag, type and metadata, and named keys may hold anything', async () => {
    const [s3, send] = await start()
    const headers = { 'content-type': 'text/plain', 'x-amz-meta-digest': 'sha256:x' }
    const key = `a b/${encodeURIComponent('é&<+%')}`
    const put = await send('PUT', key, { body: 'hello', headers })
    expect(put.headers.get('etag')).toBe(`"${md5('hello')}"`)
    expect([...s3.objects().keys()]).toEqual(['a b/é&<+%'])
    const got = await send('GET', key)
    expect(await got.text()).toBe('hello')
    expect(Object.fromEntries(got.headers)).toMatchObject({ ...headers, etag: `"${md5('hello')}"` })
    const head = await send('HEAD', key)
    expect([head.status, head.headers.get('content-length')]).toEqual([200, '5'])
    expect((await send('DELETE', key)).status).toBe(204)
    expect([(await send('GET', key)).status, (await send('DELETE', key)).status]).toEqual([404, 204])
  })

  test('ranges are cut to the object, and one outside of it is 416', async () => {
    const [, send] = await start()
    await send('PUT', 'a', { body: '0123456789' })
    const ranges = { 'bytes=0-3': '0123', 'bytes=8-': '89', 'bytes=-4': '6789', 'bytes=7-99': '789' }
    for (const [range, expected] of Object.entries(ranges)) {
      const got = await send('GET', 'a', { headers: { range } })
      expect([got.status, await got.text()]).toEqual([206, expected])
    }
    const outside = await send('GET', 'a', { headers: { range: 'bytes=10-12' } })
    expect([outside.status, outside.headers.get('content-range')]).toEqual([416, 'bytes */10'])
  })

  test('a payload that is not the one announced is refused and not stored', async () => {
    const [s3, send] = await start()
    for (const [headers, expected] of [
      [{ 'x-amz-content-sha256': sha256('other') }, 'XAmzContentSHA256Mismatch'],
      [{ 'content-md5': createHash('md5').update('other').digest('base64') }, 'BadDigest'],
      [{ 'x-amz-checksum-sha256': createHash('sha256').update('other').digest('base64') }, 'BadDigest'],
      [{ 'x-amz-content-sha256': 'STREAMING-UNSIGNED-PAYLOAD-TRAILER' }, 'MissingContentLength'],
    ] as const) {
      expect(await code(await send('PUT', 'a', { body: 'this', headers }))).toBe(expected)
    }
    expect(s3.objects().size).toBe(0)
    const right = await send('PUT', 'a', { body: 'this', headers: { 'x-amz-content-sha256': sha256('this') } })
    expect(right.status).toBe(200)
  })

  test('a bucket that is not there is NoSuchBucket, and what S3 has but the double has not is 501', async () => {
    const [s3, send] = await start()
    expect((await fetch(`${s3.endpoint}/test`, { method: 'HEAD' })).status).toBe(200)
    expect((await fetch(`${s3.endpoint}/other`, { method: 'HEAD' })).status).toBe(404)
    expect(await code(await fetch(`${s3.endpoint}/other/a`))).toBe('NoSuchBucket')
    expect((await send('POST', '?delete', { body: '<Delete/>' })).status).toBe(501)
  })
})

describe('conditions', () => {
  test('of 20 racers with If-None-Match one wins, and of 20 with If-Match', async () => {
    const [, send] = await start()
    // ETags are hashes: a body that came twice would let two of them win.
    const race = (of: string, headers: Record<string, string>) =>
      Promise.all(Array.from({ length: 20 }, (_, i) => send('PUT', 'a', { body: `${of} ${i}`, headers })))
    const created = await race('create', { 'if-none-match': '*' })
    expect(statuses(created)).toEqual([200, ...Array(19).fill(412)])
    const etag = created.find(({ ok }) => ok)?.headers.get('etag') ?? ''
    expect(statuses(await race('replace', { 'if-match': etag })).filter((status) => status === 200)).toHaveLength(1)
  })

  test('a racy server lets every racer win, and a sequential client lose', async () => {
    const [, send] = await start({ conditionalPut: 'racy' })
    const put = (body: string) => send('PUT', 'a', { body, headers: { 'if-none-match': '*' } })
    expect(statuses(await Promise.all([put('1'), put('2'), put('3')]))).toEqual([200, 200, 200])
    expect((await put('4')).status).toBe(412)
  })

  test('a server without conditions ignores or refuses them', async () => {
    const [, send] = await start({ conditionalPut: 'ignored', conditionalDelete: 'refused' })
    const headers = { 'if-none-match': '*' }
    expect((await send('PUT', 'a', { body: '1', headers })).status).toBe(200)
    expect((await send('PUT', 'a', { body: '2', headers })).status).toBe(200)
    expect((await send('DELETE', 'a', { headers: { 'if-match': 'x' } })).status).toBe(501)
    await double?.close()
    const [, sendToSwift] = await start({ ...swiftBehaviour, checkSignatures: false })
    expect((await sendToSwift('PUT', 'a', { body: '1', headers })).status).toBe(501)
  })

  test('If-Match is understood in the form the server wants, and its absence of an object answered as told', async () => {
    const [, send] = await start({ ifMatchForm: 'unquoted', ifMatchAbsentStatus: 412 })
    await send('PUT', 'a', { body: '1' })
    const put = async (key: string, ifMatch: string) =>
      (await send('PUT', key, { body: '2', headers: { 'if-match': ifMatch } })).status
    expect([await put('a', `"${md5('1')}"`), await put('a', md5('1')), await put('b', md5('1'))]).toEqual([
      412, 200, 412,
    ])
  })

  test('a conditional delete removes only the version it names', async () => {
    const [s3, send] = await start()
    await send('PUT', 'a', { body: '1' })
    const remove = async (etag: string) => (await send('DELETE', 'a', { headers: { 'if-match': etag } })).status
    expect([await remove(md5('0')), s3.objects().size]).toEqual([412, 1])
    expect([await remove(md5('1')), s3.objects().size, await remove(md5('1'))]).toEqual([204, 0, 404])
  })
})

describe('lists', () => {
  test('pages put together are all keys in byte order, escaped or encoded', async () => {
    const [s3, send] = await start()
    const keys = ['p/!', 'p/a b', 'p/a&<b>', 'p/é', 'p/\u{ff5e}', 'p/\u{1f600}']
    for (const key of keys.toReversed()) await send('PUT', encodeURIComponent(key), { body: 'x' })
    await send('PUT', 'q', { body: 'x' })
    const seen: string[] = []
    for (let token: string | undefined = ''; token !== undefined; ) {
      const from: string = token === '' ? '' : `&continuation-token=${encodeURIComponent(token)}`
      const xml: string = await (await fetch(`${s3.endpoint}/test?list-type=2&prefix=p/&max-keys=2${from}`)).text()
      seen.push(...[...xml.matchAll(/<Key>(.*?)<\/Key>/g)].map(([, key = '']) => key))
      token = /<NextContinuationToken>(.*?)</.exec(xml)?.[1]
    }
    expect(seen).toEqual(
      keys.map((key) => key.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')),
    )
    expect(s3.counts()).toMatchObject({ ListObjectsV2: 3, PutObject: 7 })
    const url = `${s3.endpoint}/test?list-type=2&encoding-type=url&start-after=${encodeURIComponent('p/!')}`
    expect(await (await fetch(url)).text()).toContain('<Key>p/a+b</Key>')
  })
})

describe('multipart uploads', () => {
  const complete = (parts: readonly (readonly [number, string])[]): RequestInit => ({
    body: `<CompleteMultipartUpload>${parts.map(([number, etag]) => `<Part><PartNumber>${number}</PartNumber><ETag>${etag}</ETag></Part>`).join('')}</CompleteMultipartUpload>`,
  })

  async function startUpload(send: Send): Promise<string> {
    const created = await send('POST', 'a?uploads', { headers: { 'x-amz-meta-kind': 'blob' } })
    return /<UploadId>(.*)<\/UploadId>/.exec(await created.text())?.[1] ?? ''
  }

  test('parts become an object at the completion, with the metadata of the start', async () => {
    const [s3, send] = await start({ minPartBytes: 3 })
    const id = await startUpload(send)
    const etags: string[] = []
    for (const [index, body] of ['one', 'two', '3'].entries()) {
      const part = await send('PUT', `a?partNumber=${index + 1}&uploadId=${id}`, { body })
      etags.push(part.headers.get('etag') ?? '')
    }
    const listed = await (await send('GET', `a?uploadId=${id}&max-parts=2`)).text()
    expect([...listed.matchAll(/<PartNumber>(\d)/g)].map(([, n]) => n)).toEqual(['1', '2'])
    expect(listed).toContain('<IsTruncated>true</IsTruncated>')
    expect([s3.objects().size, s3.uploads().length]).toEqual([0, 1])
    const parts = etags.map((etag, index) => [index + 1, etag] as const)
    expect((await send('POST', `a?uploadId=${id}`, complete(parts))).status).toBe(200)
    expect(s3.uploads()).toEqual([])
    expect(s3.objects().get('a')).toMatchObject({ body: Buffer.from('onetwo3'), metadata: { kind: 'blob' } })
    expect(s3.objects().get('a')?.etag).toMatch(/^[0-9a-f]{32}-3$/)
    expect((await send('POST', `a?uploadId=${id}`, complete(parts))).status).toBe(200)
  })

  test('a wrong completion is refused and leaves the upload open', async () => {
    const [s3, send] = await start({ minPartBytes: 5 })
    const id = await startUpload(send)
    for (const number of [1, 2]) await send('PUT', `a?partNumber=${number}&uploadId=${id}`, { body: 'four' })
    const etag = md5('four')
    for (const [parts, expected] of [
      [[], 'MalformedXML'],
      [[[1, 'other']], 'InvalidPart'],
      [[[3, etag]], 'InvalidPart'],
      [
        [
          [2, etag],
          [1, etag],
        ],
        'InvalidPartOrder',
      ],
      [
        [
          [1, etag],
          [2, etag],
        ],
        'EntityTooSmall',
      ],
    ] as const) {
      expect(await code(await send('POST', `a?uploadId=${id}`, complete(parts)))).toBe(expected)
    }
    await send('PUT', 'a', { body: 'taken' })
    const conditional = { ...complete([[1, etag]]), headers: { 'if-none-match': '*' } }
    expect((await send('POST', `a?uploadId=${id}`, conditional)).status).toBe(412)
    expect(s3.uploads()).toHaveLength(1)
    expect((await send('DELETE', `a?uploadId=${id}`)).status).toBe(204)
    expect(await code(await send('DELETE', `a?uploadId=${id}`))).toBe('NoSuchUpload')
  })
})

describe('faults', () => {
  test('a lost request does nothing, a lost reply does it, and both look alike to the client', async () => {
    const [s3, send] = await start()
    s3.fail('PutObject', lostRequest)
    await expect(send('PUT', 'a', { body: '1' })).rejects.toThrow('fetch failed')
    expect(s3.objects().size).toBe(0)
    s3.fail('PutObject', lostReply)
    await expect(send('PUT', 'a', { body: '1' })).rejects.toThrow('fetch failed')
    expect(s3.objects().size).toBe(1)
    expect(s3.requests.map(({ status }) => status)).toEqual([undefined, undefined])
  })

  test('errors are answered as often as was said, to the requests that match', async () => {
    const [s3, send] = await start()
    const breakage = s3.fail(({ key }) => key === 'a', slowDown, 2)
    s3.fail('GetObject', internalError)
    const asked = [await send('PUT', 'a', { body: '1' }), await send('GET', 'a'), await send('GET', 'a')]
    expect(statuses(asked)).toEqual([500, 503, 503])
    expect((await send('GET', 'b')).status).toBe(404)
    expect(breakage.count()).toBe(2)
    expect(s3.requests.map(({ bodyBytes }) => bodyBytes)).toEqual([1, 0, 0, 0])
  })

  test('a truncated body ends before its length, and a stale connection after its reply', async () => {
    const [s3, send] = await start()
    await send('PUT', 'a', { body: 'x'.repeat(100_000) })
    s3.fail('GetObject', { truncateAt: 10 })
    const cut = await send('GET', 'a')
    expect(cut.headers.get('content-length')).toBe('100000')
    await expect(cut.text()).rejects.toThrow('terminated')
    s3.fail('GetObject', { closeAfter: true })
    const stale = await send('GET', 'a')
    expect([(await stale.text()).length, stale.headers.get('connection')]).toEqual([100_000, 'keep-alive'])
  })

  test('a request waits at a gate, and one delivered twice is applied twice', async () => {
    const [s3, send] = await start()
    const gate = Promise.withResolvers<void>()
    const { met } = s3.fail('PutObject', { waitFor: gate.promise })
    const waiting = send('PUT', 'a', { body: '1' })
    await met
    expect([(await send('GET', 'a')).status, s3.peak()]).toEqual([404, 2])
    gate.resolve()
    expect((await waiting).status).toBe(200)
    s3.fail('PutObject', { twice: true })
    expect((await send('PUT', 'b', { body: '1', headers: { 'if-none-match': '*' } })).status).toBe(412)
    expect(s3.objects().has('b')).toBe(true)
  })
})

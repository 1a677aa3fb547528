import { createHash } from 'node:crypto'
import { buffer } from 'node:stream/consumers'
import { describe, expect, test } from '@jest/globals'
import { etagOf, pieces, readText, seededBytes, text } from '../../testing/bucket-fixtures.ts'
import { faultyS3, partBytes } from '../../testing/faulty-s3.ts'
import {
  internalError,
  lostReply,
  lostRequest,
  slowDown,
  startS3Double,
  tooManyRequests,
} from '../../testing/s3-double/index.ts'
import { openBucket } from '../open.ts'
import type { S3RequestEvent } from './index.ts'

const s3 = faultyS3()

describe('throttling', () => {
  test.each([
    ['503 SlowDown', slowDown],
    ['429', tooManyRequests],
  ])('by %s is waited out, and a condition that did not hold is still told apart', async (_, fault) => {
    const { double, bucket, events } = s3()
    double.fail('PutObject', fault, 10)
    expect((await bucket.put('a', text('1'), { ifAbsent: true })).ok).toBe(true)
    double.fail('PutObject', fault, 10)
    expect(await bucket.put('a', text('2'), { ifAbsent: true })).toEqual({ ok: false })
    expect(outcomes(events, 'PutObject').filter((outcome) => outcome === 'throttled')).toHaveLength(20)
    expect(outcomes(events, 'HeadObject')).toEqual([])
  })
})

describe('reading', () => {
  test('goes on where the connection broke, without asking twice for a byte', async () => {
    const { double, bucket } = s3()
    const content = seededBytes(900_000, 1)
    await bucket.write('large', pieces(content, 10_000))
    double.reset()
    double.fail('GetObject', { truncateAt: 300_000 })
    double.fail('GetObject', { truncateAt: 200_000 })
    expect(content.equals(await buffer(await bucket.get('large')))).toBe(true)
    const ranges = double.requests.map(({ headers }) => `${headers.range ?? ''}`)
    expect(ranges[0]).toBe('')
    expect(ranges).toHaveLength(3)
    for (const range of ranges.slice(1)) expect(range).toMatch(/^bytes=\d+-899999$/)
  })

  test('fails when the object was replaced in between: no mixture of two versions', async () => {
    const { double, bucket } = s3()
    const content = seededBytes(900_000, 2)
    await bucket.write('large', pieces(content, 10_000))
    double.fail('GetObject', { truncateAt: 300_000 })
    const readable = await bucket.get('large')
    await bucket.write('large', pieces(seededBytes(900_000, 3), 10_000))
    await expect(buffer(readable)).rejects.toMatchObject({ code: 'UNAVAILABLE' })
  })

  test('a cell that is cut off is read again', async () => {
    const { double, bucket } = s3()
    const body = seededBytes(100_000, 4)
    await bucket.put('cell', body)
    double.fail('GetObject', { truncateAt: 50_000 }, 3)
    expect(body.equals((await bucket.read('cell'))?.body ?? text(''))).toBe(true)
    expect(double.counts().GetObject).toBe(4)
  })

  test('a connection that the server closed while it was idle costs a try and nothing else', async () => {
    const { double, bucket } = s3()
    await bucket.put('cell', text('x'))
    for (let round = 0; round < 5; round += 1) {
      double.dropIdle()
      expect(await readText(bucket, 'cell')).toBe('x')
    }
    double.fail('*', { closeAfter: true }, 20)
    for (let round = 0; round < 20; round += 1) expect(await readText(bucket, 'cell')).toBe('x')
  })
})

describe('an object that is no cell', () => {
  test('is refused by its size, and is not read', async () => {
    const { double, bucket } = s3()
    await bucket.write('large', pieces(seededBytes(8 * 1024 * 1024 + 1, 1), 1_000_000))
    double.reset()
    await expect(bucket.read('large')).rejects.toMatchObject({ code: 'SIZE_INVALID' })
    expect(double.counts()).toEqual({ GetObject: 1 })
  })
})

describe('an upload in parts', () => {
  test('comes through lost replies, internal errors and throttling of any of its requests', async () => {
    const { double, bucket } = s3()
    const content = seededBytes(300_000, 5)
    for (const operation of ['CreateMultipartUpload', 'UploadPart', 'CompleteMultipartUpload'] as const) {
      for (const fault of [lostReply, lostRequest, internalError, slowDown]) {
        double.fail(operation, fault)
        const key = `${operation}-${double.requests.length}`
        expect((await bucket.write(key, pieces(content, 7000), { ifAbsent: true })).ok).toBe(true)
        expect(content.equals(await buffer(await bucket.get(key)))).toBe(true)
      }
    }
  })

  test('completed by a try whose reply was lost, on a server that forgets completed uploads', async () => {
    const forgetful = await startS3Double({ behaviour: { minPartBytes: 0, completeTwice: false } })
    const other = await openBucket(forgetful.storageUrl(), {
      s3: { credentials: forgetful, delayFactor: 0, partBytes: partBytes },
    })
    forgetful.fail('CompleteMultipartUpload', lostReply)
    const etag = etagOf(await other.write('a', pieces(seededBytes(200_000, 6), 9000), { ifAbsent: true }))
    expect((await other.stat('a'))?.etag).toBe(etag)
    await other.close()
    await forgetful.close()
  })

  test('that fails is aborted: no part is left to be paid for', async () => {
    const { double, bucket } = s3()
    double.fail('UploadPart', { answer: { status: 403, code: 'AccessDenied' } }, 3)
    await expect(bucket.write('a', pieces(seededBytes(300_000, 7), 9000))).rejects.toMatchObject({
      code: 'UNAVAILABLE',
      message: expect.stringContaining('UploadPart in bucket test failed with AccessDenied (HTTP 403)'),
    })
    expect(double.uploads()).toEqual([])
    expect(await bucket.stat('a')).toBeUndefined()
  })

  test('holds two parts at a time, however large the content and its chunks are', async () => {
    const { double, bucket } = s3()
    let taken = 0
    let most = 0
    async function* content(): AsyncGenerator<Uint8Array> {
      for (let index = 0; index < 40; index += 1) {
        taken += 50_000
        const stored = double.requests.reduce((sum, { bodyBytes }) => sum + bodyBytes, 0)
        most = Math.max(most, taken - stored)
        yield seededBytes(50_000, index)
      }
    }
    await bucket.write('a', content())
    // Two parts, and the chunk of which the next one begins.
    expect(most).toBeLessThanOrEqual(2 * partBytes + 2 * 50_000)
    expect((await bucket.stat('a'))?.size).toBe(2_000_000)
  })
})

describe('every body', () => {
  test('is signed with its SHA-256, in one request or in parts: the server stores nothing else', async () => {
    const { double, bucket } = s3()
    const content = seededBytes(partBytes + 10, 8)
    await bucket.put('cell', content.subarray(0, 10))
    await bucket.write('small', pieces(content.subarray(0, partBytes), 1000))
    await bucket.write('large', pieces(content, 1000))
    const hashes = double.requests.flatMap(({ operation, headers }) =>
      operation === 'PutObject' || operation === 'UploadPart' ? headers['x-amz-content-sha256'] : [],
    )
    const bodies = [
      content.subarray(0, 10),
      content.subarray(0, partBytes),
      content.subarray(0, partBytes),
      content.subarray(partBytes),
    ]
    expect(hashes).toEqual(bodies.map((body) => createHash('sha256').update(body).digest('hex')))
  })

  test('that arrives otherwise is sent again', async () => {
    const { double, bucket } = s3()
    double.fail('PutObject', { answer: { status: 400, code: 'XAmzContentSHA256Mismatch' } }, 2)
    expect((await bucket.put('cell', text('x'), { ifAbsent: true })).ok).toBe(true)
  })
})

describe('a server that does not answer', () => {
  test('is UNAVAILABLE after a few tries, and works again without a restart', async () => {
    const { double, bucket, events } = s3()
    double.fail('*', lostRequest, 12)
    await expect(bucket.ping()).rejects.toMatchObject({ code: 'UNAVAILABLE' })
    await expect(bucket.read('a')).rejects.toMatchObject({ code: 'UNAVAILABLE' })
    expect(events.map(({ outcome }) => outcome)).toEqual(Array(12).fill('unknown'))
    await bucket.ping()
  })

  test('no secret gets into an error, whatever the server repeats', async () => {
    const { double, bucket } = s3()
    const code = 'SignatureDoesNotMatch'
    double.fail('*', { answer: { status: 403, code } }, 1)
    const error = await bucket.read('a').catch((caught: Error) => caught)
    expect(error).toMatchObject({ code: 'UNAVAILABLE' })
    const shown = `${error} ${JSON.stringify(error)} ${(error as Error).stack} ${(error as Error).cause}`
    expect(shown).toContain('our secret key is not the right one')
    expect(shown).not.toContain(double.accessKeyId)
    expect(shown).not.toContain(double.secretAccessKey)
  })

  test('or has no such bucket is UNAVAILABLE at the opening, with what to do', async () => {
    const { double } = s3()
    const nowhere = `s3://nowhere?endpoint=${double.endpoint}`
    await expect(openBucket(nowhere, { s3: { credentials: double } })).rejects.toMatchObject({
      code: 'UNAVAILABLE',
      message: expect.stringContaining('create it first'),
    })
  })
})

describe('signed URLs', () => {
  test('let anybody GET the object and ranges of it, at the public endpoint, for a while', async () => {
    const { double, bucket } = s3()
    await bucket.put('a', text('hello'))
    const url = (await bucket.signedUrl?.('a', { expiresSeconds: 60, contentType: 'text/x-test' })) ?? ''
    const answer = await fetch(url, { headers: { range: 'bytes=1-3' } })
    expect([answer.status, answer.headers.get('content-type'), await answer.text()]).toEqual([
      206,
      'text/x-test',
      'ell',
    ])
    expect(url).not.toContain(double.secretAccessKey)

    const elsewhere = await openBucket(`${double.storageUrl('p')}&publicEndpoint=https://cdn.example`, {
      s3: { credentials: double },
    })
    expect(await elsewhere.signedUrl?.('a', { expiresSeconds: 60 })).toMatch(
      /^https:\/\/cdn\.example\/test\/p\/a\?.*X-Amz-Expires=60&/,
    )
    await elsewhere.close()
  })
})

describe('many requests', () => {
  test('of small objects do not wait for the bodies of large ones', async () => {
    const { double } = s3()
    const narrow = await openBucket(double.storageUrl('p'), { s3: { credentials: double, concurrency: 2 } })
    const gate = Promise.withResolvers<void>()
    const stuck = double.fail('PutObject', { waitFor: gate.promise }, 3)
    const large = [1, 2, 3].map((n) => narrow.put(`large/${n}`, seededBytes(1024 * 1024, n)))
    await stuck.met
    expect(await narrow.read('small')).toBeUndefined()
    gate.resolve()
    await Promise.all(large)
    await narrow.close()
  })

  test('are not all sent at once', async () => {
    const { double } = s3()
    const narrow = await openBucket(double.storageUrl('p'), { s3: { credentials: double, concurrency: 4 } })
    double.reset()
    double.fail('PutObject', { delayMs: 2 }, 50)
    await Promise.all(Array.from({ length: 50 }, (_, index) => narrow.put(`${index}`, text('x'))))
    expect(double.peak()).toBeLessThanOrEqual(4)
    expect(double.counts().PutObject).toBe(50)
    await narrow.close()
  })
})

function outcomes(events: readonly S3RequestEvent[], operation: string): string[] {
  return events.flatMap((event) => (event.operation === operation ? event.outcome : []))
}

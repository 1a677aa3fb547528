/**
 * Contract: URLs from which anybody may GET an object for a while. Only buckets on S3 have them.
 * @module
 */

import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import type { BucketFactory } from '../../packages/storage/src/testing/index.ts'

export function describeSignedUrls(name: string, factory: BucketFactory): void {
  describe(`signed URLs of ${name}`, () => {
    let bucket: Awaited<ReturnType<BucketFactory>>
    beforeAll(async () => {
      bucket = await factory()
    })
    afterAll(() => bucket.close())

    async function sign(key: string, expiresSeconds = 60, contentType?: string): Promise<string> {
      const url = await bucket.signedUrl?.(key, {
        expiresSeconds,
        ...(contentType === undefined ? {} : { contentType }),
      })
      if (url === undefined) throw new Error('the bucket signs no URLs')
      return url
    }

    test('a signed URL gives the object, whole and by range, with the content type that was asked for', async () => {
      const key = 'signed/a b+é'
      await bucket.put(key, Buffer.from('0123456789'))
      const url = await sign(key, 60, 'application/octet-stream')
      const whole = await fetch(url)
      expect([whole.status, await whole.text()]).toEqual([200, '0123456789'])
      expect(whole.headers.get('content-type')).toBe('application/octet-stream')
      const part = await fetch(url, { headers: { range: 'bytes=2-4' } })
      expect([part.status, await part.text()]).toEqual([206, '234'])
      expect(part.headers.get('content-range')).toBe('bytes 2-4/10')
    })

    test('it is of no use for another object, another method, or with another lifetime', async () => {
      await bucket.put('signed/one', Buffer.from('1'))
      await bucket.put('signed/two', Buffer.from('2'))
      const url = await sign('signed/one')
      expect((await fetch(url.replace('signed/one', 'signed/two'))).status).toBe(403)
      expect((await fetch(url, { method: 'PUT', body: 'x' })).status).toBe(403)
      expect((await fetch(url.replace('X-Amz-Expires=60', 'X-Amz-Expires=61'))).status).toBe(403)
    })

    test('it ends', async () => {
      await bucket.put('signed/short', Buffer.from('x'))
      const url = await sign('signed/short', 1)
      const deadlineMs = performance.now() + 30_000
      let status = 200
      while (status === 200 && performance.now() < deadlineMs) {
        await sleep(200)
        status = (await fetch(url)).status
      }
      expect(status).toBe(403)
    })
  })
}

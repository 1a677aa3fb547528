/**
 * Contract of uploads before they are committed: offsets, cut connections, sizes, two requests on one session.
 * @module
 */
import { describe, expect, test } from '@jest/globals'
import { digestOf } from '@tsreg/oci'
import { failing } from '@tsreg/testkit'
import { seededBytes } from './bucket-fixtures.ts'
import { type CurrentStorage, content, failureOf, freshName, leftBy, readBlob, stuck } from './repository-fixtures.ts'

export function describeUploads(current: CurrentStorage): void {
  const repository = () => current().storage.repository(freshName())
  const sizes = () => ({ ...current(), large: current().partSize * 2 + current().singleBytes + 77 })

  describe('uploads', () => {
    test('a new upload is at offset 0 and can be resumed', async () => {
      const { uploads } = repository()
      const upload = await uploads.create()
      const resumed = await uploads.resume(upload.id)
      expect([upload.offset, resumed.offset, resumed.id]).toEqual([0, 0, upload.id])
      expect(resumed.startedAt).toBe(upload.startedAt)
      expect(Math.abs(Date.parse(upload.startedAt) - Date.now())).toBeLessThan(60_000)
    })

    test.each(['nonsense', '../meta', '', '6f1c8f0e-8f4a-4d0e-9d3e-0c8f0e8f4a4d', 'x'.repeat(5000)])(
      'resuming %p is BLOB_UPLOAD_UNKNOWN',
      async (id) => {
        expect((await failureOf(repository().uploads.resume(id))).code).toBe('BLOB_UPLOAD_UNKNOWN')
      },
    )

    test('an upload belongs to its repository', async () => {
      const upload = await repository().uploads.create()
      expect((await failureOf(repository().uploads.resume(upload.id))).code).toBe('BLOB_UPLOAD_UNKNOWN')
    })

    test('appends of any size, down to one byte, add up', async () => {
      const bytes = seededBytes(3000, 1)
      const { uploads, blobs } = repository()
      const { id } = await uploads.create()
      let offset = 0
      for (const size of [1, 1, 1023, 1, 0, 900, 1, 1073]) {
        const upload = await uploads.resume(id)
        expect(upload.offset).toBe(offset)
        expect(await upload.append(content(bytes.subarray(offset, offset + size)), { start: offset, size })).toBe(
          offset + size,
        )
        offset += size
      }
      await (await uploads.resume(id)).commit(digestOf(bytes))
      expect((await blobs.stat(digestOf(bytes))).size).toBe(3000)
    })

    test('an append that does not start at the offset is RANGE_INVALID, tells the offset and takes nothing', async () => {
      const { uploads } = repository()
      const upload = await uploads.create()
      await upload.append(content(seededBytes(100, 1)))
      for (const start of [0, 99, 101]) {
        let taken = false
        async function* chunks() {
          taken = true
          yield seededBytes(5, 1)
        }
        const failure = await failureOf(upload.append(chunks(), { start }))
        expect([failure.code, failure.detail?.offset, taken]).toEqual(['RANGE_INVALID', 100, false])
      }
      expect((await uploads.resume(upload.id)).offset).toBe(100)
    })

    test.each([10, 5000, 300_000])(
      'a connection cut after %i bytes keeps them, and the upload goes on there',
      async (at) => {
        const bytes = seededBytes(600_000, at)
        const { uploads, ...rest } = repository()
        const { id } = await uploads.create()
        const reset = new Error('connection reset')
        const upload = await uploads.resume(id)
        await expect(upload.append(failing(content(bytes, 1000), at, reset))).rejects.toBe(reset)
        const resumed = await uploads.resume(id)
        expect([upload.offset, resumed.offset]).toEqual([at, at])
        await resumed.append(content(bytes.subarray(at)), { start: at })
        await resumed.commit(digestOf(bytes))
        expect((await readBlob({ uploads, ...rest }, digestOf(bytes))).equals(bytes)).toBe(true)
      },
    )

    test('a cut in the middle of many parts keeps all that came', async () => {
      const { large } = sizes()
      const bytes = seededBytes(large, 3)
      const { uploads, ...rest } = repository()
      const { id } = await uploads.create()
      const at = large - 1234
      await expect((await uploads.resume(id)).append(failing(content(bytes, 65_536), at))).rejects.toThrow(
        'failed after',
      )
      const resumed = await uploads.resume(id)
      expect(resumed.offset).toBe(at)
      await resumed.commit(digestOf(bytes), { content: content(bytes.subarray(at)), start: at, size: 1234 })
      expect((await readBlob({ uploads, ...rest }, digestOf(bytes))).equals(bytes)).toBe(true)
    })

    test('an abort keeps what came before it', async () => {
      const { uploads } = repository()
      const upload = await uploads.create()
      const controller = new AbortController()
      const { chunks, hanging } = stuck(seededBytes(5000, 1))
      const append = upload.append(chunks, { signal: controller.signal })
      await hanging
      const reason = new Error('client left')
      controller.abort(reason)
      await expect(append).rejects.toBe(reason)
      expect((await uploads.resume(upload.id)).offset).toBe(5000)
    })

    test.each([
      ['shorter', 4000],
      ['longer', 6000],
    ])('content %s than announced is SIZE_INVALID and keeps nothing', async (_, announced) => {
      const bytes = seededBytes(5000, 1)
      const { uploads, blobs } = repository()
      const upload = await uploads.create()
      await upload.append(content(bytes.subarray(0, 2000)))
      const failure = await failureOf(upload.append(content(seededBytes(5000, 2), 1000), { size: announced }))
      expect([failure.code, failure.detail?.expected]).toEqual(['SIZE_INVALID', announced])
      const resumed = await uploads.resume(upload.id)
      expect(resumed.offset).toBe(2000)
      await resumed.commit(digestOf(bytes), { content: content(bytes.subarray(2000)) })
      expect((await blobs.stat(digestOf(bytes))).size).toBe(5000)
    })

    test('content that is not what was announced after many parts leaves the upload as it was', async () => {
      const { large, bucket } = sizes()
      const bytes = seededBytes(20_000, 5)
      const { uploads, blobs } = repository()
      const upload = await uploads.create()
      await upload.append(content(bytes))
      const failure = await failureOf(upload.append(content(seededBytes(large, 6), 65_536), { size: large + 1 }))
      expect(failure.code).toBe('SIZE_INVALID')
      expect((await uploads.resume(upload.id)).offset).toBe(20_000)
      expect((await leftBy(bucket, upload.id)).length).toBe(2)
      await upload.commit(digestOf(bytes))
      expect((await blobs.stat(digestOf(bytes))).size).toBe(20_000)
    })

    test('a newer append takes over from one whose connection hangs', async () => {
      const bytes = seededBytes(9000, 1)
      const { uploads, blobs } = repository()
      const { id } = await uploads.create()
      const { chunks, hanging } = stuck(bytes.subarray(0, 4000))
      const older = failureOf((await uploads.resume(id)).append(chunks))
      await hanging
      const behind = failureOf((await uploads.resume(id)).append(content(bytes), { start: 0 }))
      expect([(await older).code, (await behind).code]).toEqual(['RANGE_INVALID', 'RANGE_INVALID'])
      const resumed = await uploads.resume(id)
      expect(resumed.offset).toBe(4000)
      await resumed.append(content(bytes.subarray(4000)), { start: 4000 })
      await resumed.commit(digestOf(bytes))
      expect((await blobs.stat(digestOf(bytes))).size).toBe(9000)
    })

    test('who asks patiently gets the offset with what a request under way is saving', async () => {
      const { uploads } = repository()
      const { id } = await uploads.create()
      const { chunks, hanging } = stuck(seededBytes(4000, 1))
      const controller = new AbortController()
      const append = (await uploads.resume(id)).append(chunks, { signal: controller.signal })
      await hanging
      const asked = uploads.resume(id, { patienceMs: 60_000 })
      expect((await uploads.resume(id)).offset).toBe(0)
      controller.abort(new Error('client left'))
      await expect(append).rejects.toThrow('client left')
      expect((await asked).offset).toBe(4000)
    })

    test('bytes without a place, sent before another request had saved more, are RANGE_INVALID and not taken', async () => {
      const bytes = seededBytes(9000, 1)
      const { uploads, blobs } = repository()
      const { id } = await uploads.create()
      const { chunks, hanging } = stuck(bytes.subarray(0, 4000))
      const older = failureOf((await uploads.resume(id)).append(chunks))
      await hanging
      const rest = { content: content(bytes) }
      const refused = [
        failureOf((await uploads.resume(id)).append(content(bytes))),
        failureOf((await uploads.resume(id)).commit(digestOf(bytes), rest)),
      ]
      expect((await older).code).toBe('RANGE_INVALID')
      for (const failure of await Promise.all(refused)) {
        expect([failure.code, failure.detail?.offset]).toEqual(['RANGE_INVALID', 4000])
      }
      await (await uploads.resume(id)).commit(digestOf(bytes), { content: content(bytes.subarray(4000)) })
      expect((await blobs.stat(digestOf(bytes))).size).toBe(9000)
    })

    test.each([0, 500, 20_000, 600_000])('cancelling an upload of %i bytes leaves nothing', async (size) => {
      const { uploads } = repository()
      const upload = await uploads.create()
      await upload.append(content(seededBytes(size, 1), 65_536))
      await upload.cancel()
      expect((await failureOf(uploads.resume(upload.id))).code).toBe('BLOB_UPLOAD_UNKNOWN')
      expect(await leftBy(current().bucket, upload.id)).toEqual([])
      expect((await failureOf(upload.append(content(seededBytes(5, 1))))).code).toMatch(
        /BLOB_UPLOAD_UNKNOWN|RANGE_INVALID/,
      )
    })

    test('stale uploads are discarded with their bytes, those in use are not', async () => {
      const { storage, bucket } = current()
      const { uploads } = repository()
      const [small, large, used] = [await uploads.create(), await uploads.create(), await uploads.create()]
      await small.append(content(seededBytes(10, 1)))
      await large.append(content(seededBytes(700_000, 1)))
      const { chunks, hanging } = stuck(seededBytes(4000, 1))
      const append = failureOf(used.append(chunks))
      await hanging
      expect(await storage.discardStaleUploads({ ageMs: 60 * 60 * 1000 })).toBe(0)
      expect(await storage.discardStaleUploads({ ageMs: -1000 })).toBeGreaterThanOrEqual(2)
      expect(await leftBy(bucket, small.id, large.id)).toEqual([])
      await (await uploads.resume(used.id)).cancel()
      expect((await append).code).toBe('RANGE_INVALID')
    })
  })
}

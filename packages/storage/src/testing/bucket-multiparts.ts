/**
 * Contract: multipart uploads.
 * @module
 */
import { describe, expect, test } from '@jest/globals'
import type { ETag, MultipartUpload, Part } from '../bucket/index.ts'
import { type BucketTraits, type CurrentBucket, etagOf, readAll, seededBytes, text } from './bucket-fixtures.ts'

export function describeMultiparts(
  bucket: CurrentBucket,
  { noMetadataAtComplete = false, keepsOverwrittenParts = false }: BucketTraits,
): void {
  /** Writes the content as parts, in the order of `numbers` when that is given. */
  async function upload(target: MultipartUpload, content: Buffer, numbers?: readonly number[]): Promise<Part[]> {
    const count = Math.ceil(content.byteLength / target.partSize)
    const parts: Part[] = []
    for (const number of numbers ?? Array.from({ length: count }, (_, i) => i + 1)) {
      const body = content.subarray((number - 1) * target.partSize, number * target.partSize)
      const half = body.byteLength >> 1
      parts[number - 1] = await target.part(number, [body.subarray(0, half), body.subarray(half)])
    }
    return parts
  }

  describe('multipart uploads', () => {
    test('equal parts and an uneven last one become the object, with its metadata', async () => {
      const target = await bucket().startMultipart('multi/uneven')
      const content = seededBytes(2 * target.partSize + 4321, 20)
      const parts = await upload(target, content)
      expect(parts.map(({ number, size }) => [number, size])).toEqual([
        [1, target.partSize],
        [2, target.partSize],
        [3, 4321],
      ])
      await target.flush()
      const etag = await target.complete(parts, { metadata: { digest: 'x' } })
      expect(await bucket().stat('multi/uneven')).toMatchObject({
        etag,
        size: content.byteLength,
        metadata: noMetadataAtComplete ? {} : { digest: 'x' },
      })
      expect(content.equals(await readAll(bucket(), 'multi/uneven'))).toBe(true)
    })

    test('a single short part and exactly full parts work', async () => {
      for (const [name, extra] of [
        ['short', 10],
        ['full', 0],
      ] as const) {
        const target = await bucket().startMultipart(`multi/${name}`)
        const content = seededBytes(extra === 0 ? 2 * target.partSize : extra, 21)
        await target.complete(await upload(target, content))
        expect(content.equals(await readAll(bucket(), `multi/${name}`))).toBe(true)
      }
    })

    test('parts may be written out of order and at once', async () => {
      const target = await bucket().startMultipart('multi/order')
      const content = seededBytes(3 * target.partSize + 1, 22)
      await target.complete(await upload(target, content, [4, 2, 1, 3]))
      expect(content.equals(await readAll(bucket(), 'multi/order'))).toBe(true)

      const other = await bucket().startMultipart('multi/at-once')
      const parts = await Promise.all(
        [1, 2, 3, 4].map((n) => other.part(n, [content.subarray((n - 1) * other.partSize, n * other.partSize)])),
      )
      await other.complete(parts)
      expect(content.equals(await readAll(bucket(), 'multi/at-once'))).toBe(true)
    })

    test('nothing is visible before complete', async () => {
      const target = await bucket().startMultipart('multi-unseen/a')
      const parts = await upload(target, seededBytes(target.partSize + 5, 23))
      await target.flush()
      expect(await bucket().stat('multi-unseen/a')).toBeUndefined()
      expect(await bucket().list({ prefix: 'multi-unseen/' })).toEqual([])
      await target.complete(parts)
      expect(await bucket().list({ prefix: 'multi-unseen/' })).toHaveLength(1)
    })

    test('re-opened by its id, an upload goes on where it was', async () => {
      const first = await bucket().startMultipart('multi/reopened')
      const content = seededBytes(2 * first.partSize + 99, 24)
      const parts = await upload(first, content, [1])
      const second = bucket().openMultipart('multi/reopened', first.id)
      expect(second.partSize).toBe(first.partSize)
      parts.push(...(await upload(second, content, [2, 3])).filter((part) => part !== undefined))
      await bucket().openMultipart('multi/reopened', first.id).complete(parts)
      expect(content.equals(await readAll(bucket(), 'multi/reopened'))).toBe(true)
    })

    test('a part that was overwritten voids its earlier ETag', async () => {
      const target = await bucket().startMultipart('multi/overwritten')
      const content = seededBytes(2 * target.partSize, 25)
      const parts = await upload(target, content)
      const again = await target.part(1, [seededBytes(target.partSize, 26)])
      if (keepsOverwrittenParts) {
        await target.complete(parts)
        expect(content.equals(await readAll(bucket(), 'multi/overwritten'))).toBe(true)
        return
      }
      await expect(target.complete(parts)).rejects.toMatchObject({ code: 'PRECONDITION_FAILED' })
      expect(await bucket().stat('multi/overwritten')).toBeUndefined()

      await target.complete([again, ...parts.slice(1)])
      const expected = Buffer.concat([seededBytes(target.partSize, 26), content.subarray(target.partSize)])
      expect(expected.equals(await readAll(bucket(), 'multi/overwritten'))).toBe(true)
    })

    test('a longer last part that was overwritten by a shorter one leaves no tail', async () => {
      const target = await bucket().startMultipart('multi/tail')
      const content = seededBytes(target.partSize + 100, 27)
      const parts = await upload(target, content)
      const shorter = await target.part(2, [content.subarray(target.partSize, target.partSize + 40)])
      await target.complete([...parts.slice(0, 1), shorter])
      expect(content.subarray(0, target.partSize + 40).equals(await readAll(bucket(), 'multi/tail'))).toBe(true)
    })

    test('parts that are missing, short in the middle, or not the recorded ones fail with PRECONDITION_FAILED', async () => {
      const target = await bucket().startMultipart('multi/wrong')
      const [one, two, three] = await upload(target, seededBytes(3 * target.partSize, 28))
      if (one === undefined || two === undefined || three === undefined) throw new Error('three parts')
      const short = await bucket().startMultipart('multi/short')
      const shortParts = [await short.part(1, [text('short')]), await short.part(2, [text('short')])]
      for (const [of, parts] of [
        [target, []],
        [target, [two, three]],
        [target, [one, three]],
        [target, [one, two, { ...three, etag: 'other' as ETag }]],
        [target, [one, two, { ...three, size: 5 }]],
        [short, shortParts],
      ] as const) {
        await expect(of.complete(parts)).rejects.toMatchObject({ code: 'PRECONDITION_FAILED' })
      }
      await target.complete([one, two, three])
    })

    test('an empty part and one over the part size are SIZE_INVALID', async () => {
      const target = await bucket().startMultipart('multi/sizes')
      const tooLong = [Buffer.alloc(target.partSize), text('x')]
      await expect(target.part(1, [])).rejects.toMatchObject({ code: 'SIZE_INVALID' })
      await expect(target.part(1, tooLong)).rejects.toMatchObject({ code: 'SIZE_INVALID' })
      await target.abort()
    })

    test('conditions are checked at complete, and a failed one leaves the upload open', async () => {
      const target = await bucket().startMultipart('multi/condition')
      const parts = await upload(target, seededBytes(target.partSize + 1, 29))
      const etag = etagOf(await bucket().put('multi/condition', text('taken')))
      await expect(target.complete(parts, { ifAbsent: true })).rejects.toMatchObject({ code: 'PRECONDITION_FAILED' })
      expect((await bucket().stat('multi/condition'))?.size).toBe(5)
      await target.complete(parts, { ifMatch: etag })
      expect((await bucket().stat('multi/condition'))?.size).toBe(target.partSize + 1)
    })

    test('abort forgets the upload and may be repeated; what comes after it is BLOB_UPLOAD_UNKNOWN', async () => {
      const target = await bucket().startMultipart('multi/aborted')
      const parts = await upload(target, seededBytes(100, 30))
      await target.abort()
      await target.abort()
      for (const attempt of [target.part(1, [text('x')]), target.flush(), target.complete(parts)]) {
        await expect(attempt).rejects.toMatchObject({ code: 'BLOB_UPLOAD_UNKNOWN' })
      }
      expect(await bucket().stat('multi/aborted')).toBeUndefined()
    })

    test('a completed upload is over, and its abort harms nothing', async () => {
      const target = await bucket().startMultipart('multi/over')
      const parts = await upload(target, seededBytes(100, 31))
      await target.complete(parts)
      await expect(target.complete(parts)).rejects.toMatchObject({ code: 'BLOB_UPLOAD_UNKNOWN' })
      await target.abort()
      expect((await readAll(bucket(), 'multi/over')).byteLength).toBe(100)
    })

    test('an unknown id shows at the first use', async () => {
      for (const id of ['unknown', '00/0123456789abcdef', '../../etc/passwd', '']) {
        const target = bucket().openMultipart('multi/unknown', id)
        await expect(target.part(1, [text('x')])).rejects.toMatchObject({ code: 'BLOB_UPLOAD_UNKNOWN' })
        await expect(target.abort()).resolves.toBeUndefined()
      }
    })

    test('two uploads of one key do not meet', async () => {
      const [a, b] = await Promise.all([bucket().startMultipart('multi/two'), bucket().startMultipart('multi/two')])
      expect(a.id).not.toBe(b.id)
      const partsA = await upload(a, seededBytes(200_000, 32))
      const partsB = await upload(b, seededBytes(200_001, 33))
      await expect(a.complete(partsB)).rejects.toMatchObject({ code: 'PRECONDITION_FAILED' })
      await a.complete(partsA)
      await b.complete(partsB)
      expect(seededBytes(200_001, 33).equals(await readAll(bucket(), 'multi/two'))).toBe(true)
    })
  })
}

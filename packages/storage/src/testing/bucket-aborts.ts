/**
 * Contract: abort signals.
 * @module
 */
import { buffer } from 'node:stream/consumers'
import { describe, expect, test } from '@jest/globals'
import { type CurrentBucket, pieces, readAll, seededBytes, text } from './bucket-fixtures.ts'

export function describeAborts(bucket: CurrentBucket): void {
  describe('abort signals', () => {
    test('every operation with an aborted signal rejects with its reason and writes nothing', async () => {
      await bucket().put('abort/there', text('there'))
      const upload = await bucket().startMultipart('abort/multi')
      const parts = [await upload.part(1, [text('part')])]
      const reason = new Error('not wanted any more')
      const options = { signal: AbortSignal.abort(reason) }
      for (const attempt of [
        bucket().read('abort/there', options),
        bucket().put('abort/new', text('x'), options),
        bucket().batch([{ key: 'abort/new', body: text('x') }], options),
        bucket().list({ prefix: 'abort/', ...options }),
        bucket().delete('abort/there', options),
        bucket().stat('abort/there', options),
        bucket().get('abort/there', options),
        bucket().write('abort/new', pieces(text('x'), 1), options),
        bucket().startMultipart('abort/new', options),
        upload.part(2, [text('x')], options),
        upload.flush(options),
        upload.complete(parts, options),
        bucket().ping(options),
      ]) {
        await expect(attempt).rejects.toBe(reason)
      }
      expect((await bucket().list({ prefix: 'abort/' })).map(({ key }) => key)).toEqual(['abort/there'])
      await upload.abort()
    })

    test('a streamed write aborted in the middle rejects with the reason and leaves nothing', async () => {
      const controller = new AbortController()
      const reason = new Error('the client went away')
      async function* content(): AsyncGenerator<Uint8Array> {
        yield* pieces(seededBytes(1_500_000, 40), 100_000)
        controller.abort(reason)
        yield* pieces(seededBytes(1_500_000, 41), 100_000)
      }
      await expect(bucket().write('aborted/a', content(), { signal: controller.signal })).rejects.toBe(reason)
      expect(await bucket().list({ prefix: 'aborted/' })).toEqual([])
    })

    test('a streamed write ends with its signal while it waits for a chunk that never comes', async () => {
      for (const size of [10, 1_500_000]) {
        const controller = new AbortController()
        const reason = new Error('the client is silent')
        async function* content(): AsyncGenerator<Uint8Array> {
          yield* pieces(seededBytes(size, 43), 100_000)
          setImmediate(() => controller.abort(reason))
          await new Promise(() => {})
        }
        await expect(bucket().write('silent/a', content(), { signal: controller.signal })).rejects.toBe(reason)
      }
      expect(await bucket().list({ prefix: 'silent/' })).toEqual([])
    })

    test('a reader aborted in the middle fails, and the object stays readable', async () => {
      const bytes = seededBytes(4_000_000, 42)
      await bucket().write('aborted-read', pieces(bytes, 100_000))
      const controller = new AbortController()
      const readable = await bucket().get('aborted-read', { signal: controller.signal })
      const reading = buffer(readable)
      controller.abort(new Error('enough'))
      await expect(reading).rejects.toThrow()
      expect(readable.destroyed).toBe(true)
      expect(bytes.equals(await readAll(bucket(), 'aborted-read'))).toBe(true)
    })
  })
}

import { describe, expect, test } from '@jest/globals'
import { etagOf, pieces, readText, text } from '../../testing/bucket-fixtures.ts'
import { faultyS3 } from '../../testing/faulty-s3.ts'
import { conditionalConflict, internalError, lostReply, lostRequest } from '../../testing/s3-double/index.ts'

const s3 = faultyS3()

describe('a conditional write', () => {
  test.each([
    ['the reply is lost', lostReply],
    ['the request is lost', lostRequest],
    ['it is answered with an internal error', internalError],
    ['it is answered with a conflict', conditionalConflict],
  ])('that won says so though %s', async (_, fault) => {
    const { double, bucket } = s3()
    double.fail('PutObject', fault)
    const created = etagOf(await bucket.put('a', text('1'), { ifAbsent: true }))
    double.fail('PutObject', fault)
    const swapped = etagOf(await bucket.put('a', text('2'), { ifMatch: created }))
    expect(await bucket.read('a')).toMatchObject({ etag: swapped, body: text('2') })
    expect(double.counts().PutObject).toBe(4)
  })

  test.each([
    ['lost', lostRequest, 'UNAVAILABLE'],
    ['answered, and the reply lost', lostReply, 'it happened'],
  ])('that must be made once is not made again when its request is %s', async (_, fault, outcome) => {
    const { double, bucket } = s3()
    double.fail('PutObject', fault)
    const put = bucket.put('a', text('1'), { ifAbsent: true, once: true }).then(
      () => 'it happened',
      (error: unknown) => (error as { readonly code: string }).code,
    )
    expect(await put).toBe(outcome)
    expect(double.counts().PutObject).toBe(1)
  })

  test('that lost to another one says so though its first try ended in an internal error', async () => {
    const { double, bucket, replica } = s3()
    const start = etagOf(await bucket.put('a', text('start')))
    const other = await replica()
    const gate = Promise.withResolvers<void>()
    double.fail('PutObject', internalError)
    const second = double.fail('PutObject', { waitFor: gate.promise })
    const mine = bucket.put('a', text('mine'), { ifMatch: start })
    await second.met
    expect((await other.put('a', text('theirs'), { ifMatch: start })).ok).toBe(true)
    gate.resolve()
    expect(await mine).toEqual({ ok: false })
    expect(await readText(bucket, 'a')).toBe('theirs')
  })

  test('is not taken for another one that wrote the same bytes', async () => {
    const { double, bucket, replica } = s3()
    const start = etagOf(await bucket.put('a', text('start')))
    const other = await replica()
    await other.put('a', text('same'), { ifMatch: start })
    double.fail('PutObject', internalError)
    expect(await bucket.put('a', text('same'), { ifMatch: start })).toEqual({ ok: false })
  })

  test('whose outcome nobody can tell is UNAVAILABLE, and never "it lost"', async () => {
    const { double, bucket, replica } = s3()
    // It happens, its reply is lost, and somebody replaces it before the second try.
    const other = await replica()
    const gate = Promise.withResolvers<void>()
    double.fail('PutObject', lostReply)
    const second = double.fail('PutObject', { waitFor: gate.promise })
    const mine = bucket.put('a', text('mine'), { ifAbsent: true })
    await second.met
    expect(await readText(other, 'a')).toBe('mine')
    await other.put('a', text('theirs'))
    gate.resolve()
    await expect(mine).rejects.toMatchObject({ code: 'UNAVAILABLE' })
    expect(await readText(bucket, 'a')).toBe('theirs')
  })

  test('leaves no trace in the metadata that is seen', async () => {
    const { double, bucket } = s3()
    await bucket.write('a', pieces(text('x'), 1), { ifAbsent: true, metadata: { digest: 'd' } })
    expect((await bucket.stat('a'))?.metadata).toEqual({ digest: 'd' })
    const [stored] = double.objects().values()
    expect(Object.keys(stored?.metadata ?? {}).toSorted()).toEqual(['digest', 'tsreg-nonce', 'tsreg-replaces'])
  })
})

describe('a conditional delete', () => {
  test('whose reply is lost is UNAVAILABLE: who deleted it is not known', async () => {
    const { double, bucket } = s3()
    const etag = etagOf(await bucket.put('a', text('x')))
    double.fail('DeleteObject', lostReply)
    await expect(bucket.delete('a', { ifMatch: etag })).rejects.toMatchObject({ code: 'UNAVAILABLE' })
    expect(await bucket.read('a')).toBeUndefined()
  })

  test('that did not happen is tried again', async () => {
    const { double, bucket } = s3()
    const etag = etagOf(await bucket.put('a', text('x')))
    double.fail('DeleteObject', internalError, 2)
    expect(await bucket.delete('a', { ifMatch: etag })).toEqual({ ok: true })
  })
})

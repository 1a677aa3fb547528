import { describe, expect, test } from '@jest/globals'
import { describeBucket } from '../testing/bucket-suite.ts'
import type { ETag } from './bucket.ts'
import { memoryBucket } from './memory.ts'

describeBucket('memory bucket', async () => memoryBucket())

describe('memory bucket', () => {
  test('without conditional delete, DELETE with ifMatch is UNSUPPORTED', async () => {
    const bucket = memoryBucket({ conditionalDelete: false })
    expect(bucket.capabilities).toEqual({ cas: true, conditionalDelete: false })
    await bucket.put('a', Buffer.from('x'))
    await expect(bucket.delete('a', { ifMatch: 'x' as ETag })).rejects.toMatchObject({ code: 'UNSUPPORTED' })
    expect((await bucket.delete('a')).ok).toBe(true)
  })

  test('the clock is the one given', async () => {
    const bucket = memoryBucket({ now: () => 1234 })
    await bucket.put('a', Buffer.from('x'))
    expect((await bucket.read('a'))?.modifiedMs).toBe(1234)
  })
})

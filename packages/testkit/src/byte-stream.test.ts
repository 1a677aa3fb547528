import { describe, expect, test } from '@jest/globals'
import { digestOf } from '@tsreg/oci'
import { byteStream, byteStreamDigest } from './byte-stream.ts'
import { collect } from './content.ts'

describe('byteStream', () => {
  test('the bytes do not depend on the chunk size', async () => {
    const whole = await collect(byteStream({ seed: 1, size: 10_000 }))
    const pieces = await collect(byteStream({ seed: 1, size: 10_000, chunkBytes: 7 }))
    expect(whole).toHaveLength(10_000)
    expect(whole.equals(pieces)).toBe(true)
  })

  test.each([1, 15, 16, 17, 4_096, 9_999, 10_000])('from offset %i the rest is the same', async (offset) => {
    const whole = await collect(byteStream({ seed: 1, size: 10_000 }))
    const rest = await collect(byteStream({ seed: 1, size: 10_000, offset }))
    expect(rest.equals(whole.subarray(offset))).toBe(true)
  })

  test('another seed gives other bytes', async () => {
    expect(byteStreamDigest(1, 100)).not.toBe(byteStreamDigest(2, 100))
  })

  test('the digest is that of the bytes', async () => {
    expect(byteStreamDigest(3, 70_000)).toBe(digestOf(await collect(byteStream({ seed: 3, size: 70_000 }))))
  })

  test('an empty stream gives no chunk', async () => {
    expect(await collect(byteStream({ seed: 1, size: 0 }))).toHaveLength(0)
  })
})

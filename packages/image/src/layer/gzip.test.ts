import { execFileSync } from 'node:child_process'
import { gunzipSync } from 'node:zlib'
import { describe, expect, test } from '@jest/globals'
import { digestOf } from '@tsreg/oci'
import { byteChunks, chunked, collect, failing } from '@tsreg/testkit'
import { gzip } from './gzip.ts'

/** Half of it repeats, so that matches reach over the ends of blocks. */
function contentOf(size: number): Buffer {
  const random = Buffer.concat([...byteChunks({ seed: 3, size: Math.ceil(size / 2) })])
  return Buffer.concat([random, random]).subarray(0, size)
}

const pack = (bytes: Uint8Array, chunkBytes: number) => collect(gzip(chunked(bytes, chunkBytes)))

describe('gzip', () => {
  test.each([0, 1, 1024 * 1024 - 1, 1024 * 1024, 1024 * 1024 + 1, 7_654_321])(
    '%i bytes come back out of Node and of the gzip command',
    async (size) => {
      const bytes = contentOf(size)
      const packed = await pack(bytes, 100_000)
      expect(digestOf(gunzipSync(packed))).toBe(digestOf(bytes))
      const maxBuffer = size + 1024
      expect(digestOf(execFileSync('gzip', ['-dc'], { input: packed, maxBuffer }))).toBe(digestOf(bytes))
    },
  )

  test('the bytes do not depend on the chunks, and carry neither time nor system', async () => {
    const bytes = contentOf(3_000_000)
    const packed = await pack(bytes, 64 * 1024)
    expect(packed.equals(await pack(bytes, 999_983))).toBe(true)
    expect([...packed.subarray(0, 10)]).toEqual([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255])
  })

  test('a block is compressed with what came before it', async () => {
    const block = Buffer.concat([...byteChunks({ seed: 4, size: 16 * 1024 })])
    const repeated = Buffer.concat(Array.from({ length: 192 }, () => block))
    expect((await pack(repeated, 50_000)).byteLength).toBeLessThan(block.byteLength * 2.5)
  })

  test('a failure of the content is thrown', async () => {
    await expect(collect(gzip(failing(chunked(contentOf(5_000_000), 65_536), 4_000_000)))).rejects.toThrow(
      'failed after',
    )
  })
})

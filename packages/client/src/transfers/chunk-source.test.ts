import { describe, expect, test } from '@jest/globals'
import type { OpenContent } from '@tsreg/oci/content'
import { chunked, collect, failing } from '@tsreg/testkit'
import { ChunkSource } from './chunk-source.ts'

const content = Buffer.from('0123456789')

function recording(bytes: Uint8Array, chunkBytes = 4): { open: OpenContent; offsets: number[] } {
  const offsets: number[] = []
  const open: OpenContent = async ({ offset = 0 }) => {
    offsets.push(offset)
    return chunked(bytes.subarray(offset), chunkBytes)
  }
  return { open, offsets }
}

async function take(source: ChunkSource, offset: number, length: number): Promise<string> {
  return (await collect(source.take(offset, length, undefined))).toString()
}

describe('ChunkSource', () => {
  test('consecutive chunks share one reader, whatever its own chunks are', async () => {
    const { open, offsets } = recording(content)
    const source = new ChunkSource(open, 10)
    expect([await take(source, 0, 3), await take(source, 3, 5), await take(source, 8, 2)]).toEqual([
      '012',
      '34567',
      '89',
    ])
    expect(offsets).toEqual([0])
  })

  test('a chunk that starts elsewhere opens the content there', async () => {
    const { open, offsets } = recording(content)
    const source = new ChunkSource(open, 10)
    expect([await take(source, 0, 6), await take(source, 2, 3), await take(source, 9, 1)]).toEqual([
      '012345',
      '234',
      '9',
    ])
    expect(offsets).toEqual([0, 2, 9])
  })

  test('a chunk of which only a part was taken is read anew', async () => {
    const { open, offsets } = recording(content, 2)
    const source = new ChunkSource(open, 10)
    for await (const piece of source.take(0, 8, undefined)) {
      expect(Buffer.from(piece).toString()).toBe('01')
      break
    }
    expect(await take(source, 0, 10)).toBe('0123456789')
    expect(offsets).toEqual([0, 0])
  })

  test('content with more bytes than it should have is refused before its last piece is given', async () => {
    const source = new ChunkSource(recording(content).open, 9)
    const given: Uint8Array[] = []
    const taking = async () => {
      for await (const piece of source.take(0, 9, undefined)) given.push(piece)
    }
    await expect(taking()).rejects.toMatchObject({ code: 'SIZE_INVALID', detail: { expected: 9 } })
    expect(Buffer.concat(given).toString()).toBe('01234567')
  })

  test('after a reader failed the next chunk has a new one', async () => {
    let count = 0
    const open: OpenContent = async ({ offset = 0 }) => {
      const bytes = chunked(content.subarray(offset), 4)
      return count++ === 0 ? failing(bytes, 4, new Error('disk')) : bytes
    }
    const source = new ChunkSource(open, 10)
    await expect(take(source, 0, 10)).rejects.toThrow('disk')
    expect(await take(source, 4, 6)).toBe('456789')
  })

  test('closing ends the reader', async () => {
    let ended = false
    async function* reader() {
      try {
        yield content
      } finally {
        ended = true
      }
    }
    const source = new ChunkSource(async () => reader(), 10)
    expect(await take(source, 0, 2)).toBe('01')
    source.close()
    await new Promise((resolve) => setImmediate(resolve))
    expect(ended).toBe(true)
  })
})

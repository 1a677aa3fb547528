import { describe, expect, test } from '@jest/globals'
import { descriptorOf } from '../descriptor.ts'
import { parseDigest } from '../digest.ts'
import { chunksOf } from '../testing/graph-fixtures.ts'
import { readAll, verifyContent } from './verify.ts'

const bytes = Buffer.from('0123456789')
const descriptor = descriptorOf('text/plain', bytes)

/** What the reader has received, and the failure that ended it. */
async function read(content: AsyncIterable<Uint8Array>, expected = descriptor) {
  let received = ''
  try {
    for await (const chunk of verifyContent(expected, content)) received += Buffer.from(chunk).toString()
  } catch (error) {
    return { received, code: (error as { code?: string }).code, message: (error as Error).message }
  }
  return { received, code: undefined, message: '' }
}

describe('verifyContent', () => {
  test.each([1, 3, 4, 10, 11])('the right content passes in chunks of %i', async (chunkBytes) => {
    expect(await read(chunksOf(bytes, chunkBytes))).toMatchObject({ received: '0123456789', code: undefined })
  })

  test('content under sha512 passes', async () => {
    expect((await read(chunksOf(bytes), descriptorOf('text/plain', bytes, 'sha512'))).received).toBe('0123456789')
  })

  test('no bytes are the content of the empty digest', async () => {
    expect(await read(chunksOf(new Uint8Array()), descriptorOf('text/plain', new Uint8Array()))).toMatchObject({
      received: '',
      code: undefined,
    })
  })

  test.each([
    ['wrong bytes', '01234567XX', 'DIGEST_INVALID', '01234567'],
    ['too few bytes', '012345678', 'SIZE_INVALID', '01234567'],
    ['no bytes', '', 'SIZE_INVALID', ''],
    ['trailing bytes', '0123456789!', 'SIZE_INVALID', '0123'],
    ['a trailing chunk', '0123456789XXYYYY', 'SIZE_INVALID', '0123'],
  ])('of %s the last chunk is withheld', async (_what, text, code, received) => {
    expect(await read(chunksOf(Buffer.from(text)))).toMatchObject({ code, received })
  })

  test('the last chunk is withheld also when it comes whole and one more follows', async () => {
    async function* more() {
      yield bytes
      yield Buffer.from('!')
    }
    expect(await read(more())).toMatchObject({ code: 'SIZE_INVALID', received: '' })
  })

  test('the failure names both values', async () => {
    expect((await read(chunksOf(Buffer.from('012345678X')))).message).toContain(`expected ${descriptor.digest}`)
    expect((await read(chunksOf(Buffer.from('0')))).message).toContain('has 1 bytes, expected 10')
  })

  test('an algorithm that cannot be computed is refused before anything is read', async () => {
    const unknown = { ...descriptor, digest: parseDigest('blake3:abc') }
    expect(await read(chunksOf(bytes), unknown)).toMatchObject({ code: 'DIGEST_INVALID', received: '' })
  })

  test('endless content is read no further than its size', async () => {
    let given = 0
    async function* endless() {
      for (;;) {
        given += 4
        yield Buffer.from('xxxx')
      }
    }
    expect(await read(endless())).toMatchObject({ code: 'SIZE_INVALID' })
    expect(given).toBe(12)
  })

  test('a reader that stops closes the source', async () => {
    let closed = false
    async function* source() {
      try {
        yield* chunksOf(bytes)
      } finally {
        closed = true
      }
    }
    for await (const _chunk of verifyContent(descriptor, source())) break
    expect(closed).toBe(true)
  })
})

describe('readAll', () => {
  test('as many bytes as the limit are read, and one more is refused', async () => {
    expect(Buffer.from(await readAll(chunksOf(bytes), 10)).toString()).toBe('0123456789')
    await expect(readAll(chunksOf(bytes), 9)).rejects.toMatchObject({ code: 'SIZE_INVALID' })
  })
})

import { describe, expect, test } from '@jest/globals'
import { chunked, collect } from './content.ts'
import { cut, failing, slow, stalling } from './faulty-stream.ts'

const bytes = Buffer.from('0123456789')
const content = () => chunked(bytes, 4)

describe('faulty streams', () => {
  test.each([
    [0, ''],
    [3, '012'],
    [4, '0123'],
    [5, '01234'],
    [99, '0123456789'],
  ])('a stream cut after %i bytes ends there', async (after, expected) => {
    expect((await collect(cut(content(), after))).toString()).toBe(expected)
  })

  test('a failing stream gives what comes before its failure', async () => {
    const seen: string[] = []
    const read = async () => {
      for await (const chunk of failing(content(), 6, new Error('boom'))) seen.push(Buffer.from(chunk).toString())
    }
    await expect(read()).rejects.toThrow('boom')
    expect(seen.join('')).toBe('012345')
  })

  test('a slow stream gives the same bytes', async () => {
    expect((await collect(slow(content(), 1))).toString()).toBe('0123456789')
  })

  test('a stalling stream waits until its reader stops', async () => {
    const stream = stalling(content(), 4)
    expect(await stream.next()).toMatchObject({ done: false })
    const waiting = stream.next()
    const winner = await Promise.race([waiting, new Promise((resolve) => setImmediate(() => resolve('still waiting')))])
    expect(winner).toBe('still waiting')
    await stream.return?.()
    expect(await waiting).toEqual({ done: true, value: undefined })
  })
})

import { getEventListeners } from 'node:events'
import { Readable } from 'node:stream'
import { expect, test } from '@jest/globals'
import { chunked, collect, stalling } from '@tsreg/testkit'
import { abortable, orAborted } from './abortable.ts'

const content = () => chunked(Buffer.alloc(1000, 'x'), 100)

test('without an abort everything is passed on, and no listener stays', async () => {
  const { signal } = new AbortController()
  expect(await collect(abortable(content(), signal))).toHaveLength(1000)
  expect(await collect(abortable(content(), undefined))).toHaveLength(1000)
  expect(getEventListeners(signal, 'abort')).toEqual([])
})

test('a stream that never yields again is left, and destroyed', async () => {
  const abort = new AbortController()
  const stream = Readable.from(stalling(content(), 300))
  const reading = collect(abortable(stream, abort.signal))
  setImmediate(() => abort.abort(new Error('enough')))
  await expect(reading).rejects.toThrow('enough')
  expect(stream.destroyed).toBe(true)
  expect(getEventListeners(abort.signal, 'abort')).toEqual([])
})

test('a signal that has fired opens nothing', async () => {
  const signal = AbortSignal.abort(new Error('enough'))
  await expect(collect(abortable(content(), signal))).rejects.toThrow('enough')
  await expect(orAborted(new Promise(() => {}), signal)).rejects.toThrow('enough')
})

test('orAborted gives the outcome, or the reason when that comes first', async () => {
  const abort = new AbortController()
  expect(await orAborted(Promise.resolve(1), abort.signal)).toBe(1)
  await expect(orAborted(Promise.reject(new Error('failed')), abort.signal)).rejects.toThrow('failed')
  const waiting = orAborted(new Promise(() => {}), abort.signal)
  abort.abort(new Error('enough'))
  await expect(waiting).rejects.toThrow('enough')
  expect(getEventListeners(abort.signal, 'abort')).toEqual([])
})

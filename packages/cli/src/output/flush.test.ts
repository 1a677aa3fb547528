import { Writable } from 'node:stream'
import { describe, expect, test } from '@jest/globals'
import { Interruption } from '../invocation.ts'
import { flushOutput } from './flush.ts'

/** A stream whose reader takes a piece whenever it is told to. */
function slowStream() {
  const pending: (() => void)[] = []
  const stream = new Writable({ write: (_chunk, _encoding, done) => void pending.push(done) })
  return { stream, take: () => pending.shift()?.() }
}

const nobody = new Writable({ write: (_chunk, _encoding, done) => done() })

function flush(stdout: Writable, signal = new AbortController().signal) {
  let isDone = false
  const done = flushOutput({ env: {}, stdin: process.stdin, stdout, stderr: nobody, signal }).then(() => {
    isDone = true
  })
  return { done, isDone: () => isDone }
}

describe('the end of the output', () => {
  test('is waited for until the reader has taken all', async () => {
    const { stream, take } = slowStream()
    stream.write('one')
    stream.write('two')
    const { done, isDone } = flush(stream)
    take()
    await new Promise(setImmediate)
    expect(isDone()).toBe(false)
    take()
    await new Promise(setImmediate)
    // What tells of the end.
    take()
    await done
    expect(stream.listenerCount('close')).toBe(0)
  })

  test('is not waited for when nothing is left, or nobody is there', async () => {
    const { stream } = slowStream()
    await flush(stream).done
    stream.write('lost')
    stream.destroy()
    await flush(stream).done
  })

  test('is not waited for when the reader goes away, or the user says so', async () => {
    const gone = slowStream().stream
    gone.write('lost')
    const leaving = flush(gone)
    gone.destroy()
    await leaving.done
    const stuck = slowStream().stream
    stuck.write('lost')
    const controller = new AbortController()
    const waiting = flush(stuck, controller.signal)
    controller.abort(new Interruption('SIGTERM'))
    await expect(waiting.done).rejects.toEqual(new Interruption('SIGTERM'))
  })
})

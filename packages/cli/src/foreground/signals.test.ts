import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { identifyProcess, type ProcessIdentity } from '@tsreg/runtime'
import { OutputGone } from '../exit-status.ts'
import { type ForegroundHandlers, Interruption } from '../invocation.ts'
import { relaySignals } from './signals.ts'

/** A process that says each signal it gets, and goes on. */
const listener = `
  for (const name of ['SIGINT', 'SIGTERM', 'SIGUSR1']) process.on(name, () => console.log(name))
  setInterval(() => {}, 1000)
  console.log('ready')`

let child: ReturnType<typeof startListener>

function startListener() {
  const process_ = spawn(process.execPath, ['-e', listener], { stdio: ['ignore', 'pipe', 'inherit'] })
  let heard = ''
  process_.stdout.setEncoding('utf8').on('data', (text: string) => {
    heard += text
  })
  return {
    identity: () => identifyProcess(process_.pid ?? 0) as ProcessIdentity,
    async hears(text: string) {
      while (!heard.includes(text)) await once(process_.stdout, 'data')
      return heard
    },
    async end() {
      process_.kill('SIGKILL')
      if (process_.exitCode === null && process_.signalCode === null) await once(process_, 'exit')
    },
  }
}

beforeEach(async () => {
  child = startListener()
  await child.hears('ready')
})
afterEach(() => child.end())

/** The relay with the handlers that the process gave to it; undefined when it has given them back. */
function relay() {
  let handlers: ForegroundHandlers | undefined
  const signals = relaySignals({
    takeOver(given) {
      handlers = given
      return () => {
        handlers = undefined
      }
    },
  })
  return { signals, get: () => handlers as ForegroundHandlers, isTaken: () => handlers !== undefined }
}

describe('signals in the foreground', () => {
  test('are delivered, those before the start of the process as well', async () => {
    const { signals, get } = relay()
    get().onSignal('SIGUSR1')
    signals.deliverTo(child.identity())
    await child.hears('SIGUSR1\n')
    get().onSignal('SIGTERM')
    expect(await child.hears('SIGTERM\n')).toBe('ready\nSIGUSR1\nSIGTERM\n')
    expect(signals.leave.aborted).toBe(false)
  })

  test('the third Ctrl-C leaves, whatever the process makes of it; other signals never do', async () => {
    const { signals, get } = relay()
    signals.deliverTo(child.identity())
    for (let count = 0; count < 5; count += 1) get().onSignal('SIGUSR1')
    get().onSignal('SIGINT')
    get().onSignal('SIGINT')
    expect(signals.leave.aborted).toBe(false)
    get().onSignal('SIGINT')
    expect(signals.leave.reason).toEqual(new Interruption('SIGINT'))
  })

  test('the first one leaves when the process is gone, and hits nobody else', async () => {
    const { signals, get } = relay()
    const identity = child.identity()
    await child.end()
    const stranger = startListener()
    try {
      await stranger.hears('ready')
      // As if the kernel had given the number to another process since.
      signals.deliverTo({ ...stranger.identity(), startTicks: identity.startTicks - 1 })
      get().onSignal('SIGTERM')
      expect(signals.leave.reason).toEqual(new Interruption('SIGTERM'))
      process.kill(stranger.identity().pid, 'SIGUSR1')
      expect(await stranger.hears('SIGUSR1\n')).toBe('ready\nSIGUSR1\n')
    } finally {
      await stranger.end()
    }
  })

  test.each(['EPIPE', 'EIO'])('an output that fails with %s leaves with 141', (code) => {
    const { signals, get } = relay()
    get().onOutputError(Object.assign(new Error(code), { code }))
    expect(signals.leave.reason).toBeInstanceOf(OutputGone)
    expect((signals.leave.reason as OutputGone).status).toBe(141)
  })

  test('an output that cannot be written leaves with the error', () => {
    const { signals, get } = relay()
    const error = Object.assign(new Error('ENOSPC'), { code: 'ENOSPC' })
    get().onOutputError(error)
    expect(signals.leave.reason).toBe(error)
  })

  test('are given back', () => {
    const { signals, isTaken } = relay()
    expect(isTaken()).toBe(true)
    signals[Symbol.dispose]()
    expect(isTaken()).toBe(false)
  })
})

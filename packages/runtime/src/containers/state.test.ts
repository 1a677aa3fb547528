import { mkdir, readdir, rm, writeFile } from 'node:fs/promises'
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { type TempDir, tempDir } from '@tsreg/testkit'
import { identifyProcess } from './process-identity.ts'
import { forgetRun, readState, type StateFacts, stateOf, writeFailure, writeStarted } from './state.ts'

const identity = { pid: 7, startTicks: 100, boot: 'boot' }
const started = { process: identity, conmon: { ...identity, pid: 6 }, startedAt: '2026-01-01T00:00:00.000Z' }
const facts: StateFacts = {
  started,
  exit: undefined,
  failure: undefined,
  oomKilled: false,
  processLives: false,
  conmonLives: false,
}
const exit = { code: 3, at: '2026-01-01T00:00:09.000Z' }

describe('the state of a container', () => {
  test.each([
    ['was never started', { started: undefined }, { status: 'created', pid: 0, exitCode: 0, startedAt: undefined }],
    [
      'failed to start',
      { started: undefined, failure: { exitCode: 127, message: 'no such program' } },
      { status: 'created', exitCode: 127, error: 'no such program' },
    ],
    ['runs', { processLives: true, conmonLives: true }, { status: 'running', pid: 7, exitCode: 0 }],
    ['runs without its conmon', { processLives: true }, { status: 'running', pid: 7 }],
    ['is about to be told to have ended', { conmonLives: true }, { status: 'running', pid: 0 }],
    ['ended', { exit, conmonLives: true }, { status: 'exited', pid: 0, exitCode: 3, finishedAt: exit.at }],
    ['ended for want of memory', { exit, oomKilled: true }, { status: 'exited', exitCode: 3, oomKilled: true }],
    ['ended while nobody looked', {}, { status: 'exited', exitCode: 255, finishedAt: undefined }],
  ] satisfies [string, Partial<StateFacts>, object][])('that %s', (_, changes, expected) => {
    expect(stateOf({ ...facts, ...changes })).toMatchObject(expected)
  })
})

describe('what the files of a container say', () => {
  let directory: TempDir
  const self = identifyProcess(process.pid)
  beforeEach(async () => {
    directory = await tempDir()
  })
  afterEach(async () => {
    await directory[Symbol.asyncDispose]()
  })
  const start = async (startTicks: number) => {
    if (self === undefined) throw new Error('this process is not there')
    const found = { ...self, startTicks }
    await writeStarted(directory.path, { process: found, conmon: found, startedAt: started.startedAt })
  }

  test('is believed about a process only when exactly that one lives', async () => {
    await start(self?.startTicks ?? 0)
    expect(await readState(directory.path)).toMatchObject({ status: 'running', pid: process.pid })
    // The number has been given to another process since.
    await start((self?.startTicks ?? 0) - 1)
    expect(await readState(directory.path)).toMatchObject({ status: 'exited', exitCode: 255, pid: 0 })
  })

  test('is that it ended when conmon wrote a number, and not before', async () => {
    await start(self?.startTicks ?? 0)
    await writeFile(directory.join('exit'), '')
    expect(await readState(directory.path)).toMatchObject({ status: 'running' })
    await writeFile(directory.join('exit'), '137')
    await writeFile(directory.join('oom'), '')
    expect(await readState(directory.path)).toMatchObject({ status: 'exited', exitCode: 137, oomKilled: true })
  })

  test('of an earlier run is forgotten before the next', async () => {
    await start(1)
    for (const name of ['exit', 'ended', 'oom', 'conmon.pid', 'attach', 'container.json']) {
      await writeFile(directory.join(name), '0')
    }
    await mkdir(directory.join('exec/1'), { recursive: true })
    await writeFailure(directory.path, { exitCode: 126, message: 'no program' })
    await forgetRun(directory.path)
    expect(await readdir(directory.path)).toEqual(['container.json'])
    expect(await readState(directory.path)).toMatchObject({ status: 'created', error: '' })
  })

  test('of a directory that is gone is nothing', async () => {
    await rm(directory.path, { recursive: true })
    expect(await readState(directory.path)).toMatchObject({ status: 'created' })
  })
})

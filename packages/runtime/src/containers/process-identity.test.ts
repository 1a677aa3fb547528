import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { describe, expect, test } from '@jest/globals'
import { identifyProcess, isAlive, startTicksOf } from './process-identity.ts'

const stat = (name: string, state: string) => `4321 (${name}) ${state} 1 ${Array(17).fill('0').join(' ')} 987654 0 0\n`

describe('a process', () => {
  test.each(['sh', 'a b', 'x) R 1 (y', ')))'])('named %j is told apart by when it began', (name) => {
    expect(startTicksOf(stat(name, 'S'))).toBe(987_654)
  })

  test('that has ended and waits to be collected is none', () => {
    expect(startTicksOf(stat('sh', 'Z'))).toBeUndefined()
    expect(startTicksOf(stat('sh', 'X'))).toBeUndefined()
    expect(startTicksOf(undefined)).toBeUndefined()
    expect(startTicksOf('nonsense')).toBeUndefined()
  })

  test('is alive until it has ended, and another one with its number is another', async () => {
    const child = spawn('sleep', ['600'])
    const identity = identifyProcess(child.pid ?? 0)
    if (identity === undefined) throw new Error('it is not there')
    expect(isAlive(identity)).toBe(true)
    expect(isAlive({ ...identity, startTicks: identity.startTicks + 1 })).toBe(false)
    expect(isAlive({ ...identity, boot: 'another run of the machine' })).toBe(false)
    child.kill('SIGKILL')
    await once(child, 'exit')
    expect(isAlive(identity)).toBe(false)
    expect(identifyProcess(child.pid ?? 0)).toBeUndefined()
  })
})

import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { describe, expect, test } from '@jest/globals'
import { tempDir } from '@tsreg/testkit'
import { letRun } from './let-run.ts'
import { identifyProcess, type ProcessIdentity } from './process-identity.ts'

const nobody: ProcessIdentity = { pid: 1, startTicks: -1, boot: '' }

describe('a container that waits to be let run', () => {
  test('is told, and its pipe is gone afterwards', async () => {
    await using state = await tempDir()
    execFileSync('mkfifo', [state.join('exec.fifo')])
    const child = spawn('sh', ['-c', 'printf 0 >"$1"; read -r word', 'sh', state.join('exec.fifo')])
    const identity = identifyProcess(child.pid ?? 0)
    await letRun(state.path, identity ?? nobody)
    expect(existsSync(state.join('exec.fifo'))).toBe(false)
    child.stdin.end()
    await once(child, 'exit')
  })

  test('counts as let go when it has ended at once, and what it wrote is still to be read', async () => {
    await using state = await tempDir()
    execFileSync('mkfifo', [state.join('exec.fifo')])
    // Holds both ends, so that the byte stays although nobody has read it yet.
    const holder = spawn('sh', [
      '-c',
      'exec 3<>"$1"; printf 0 >&3; echo ready; read -r word',
      'sh',
      state.join('exec.fifo'),
    ])
    await once(holder.stdout, 'data')
    await letRun(state.path, nobody)
    holder.stdin.end()
    await once(holder, 'exit')
  })

  test.each([
    ['ended without a word', true],
    ['was removed', false],
  ])('that %s was not started', async (_, isThere) => {
    await using state = await tempDir()
    if (isThere) execFileSync('mkfifo', [state.join('exec.fifo')])
    await expect(letRun(state.path, nobody)).rejects.toMatchObject({ code: 'RUNTIME_FAILED' })
    expect(existsSync(state.join('exec.fifo'))).toBe(isThere)
  })
})

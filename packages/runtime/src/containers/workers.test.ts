import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { describe, expect, test } from '@jest/globals'
import { killWorkers, workerRole } from './workers.ts'

const id = '0123456789abcdef'.repeat(4)

describe('who works on a container', () => {
  test.each([
    ['maker', ['/bin/sh', '-c', 'script', 'tsreg-guard', '/snapshots', 'overlay', id]],
    ['maker', ['/usr/bin/unshare', '--mount', '--', '/bin/sh', '-c', 'script', 'tsreg-guard', id]],
    ['maker', ['setpriv', '--pdeathsig', 'KILL', '--', 'unshare', 'runc', 'run', '--bundle', '/b', id]],
    ['maker', ['/usr/sbin/runc', '--root', '/r', 'create', '--bundle', '/b', id]],
    ['maker', ['runc', 'run', id]],
    ['watcher', ['/usr/bin/conmon', '--cid', id]],
  ])('%s: %j', (role, words) => {
    expect(workerRole(words, id)).toBe(role)
  })

  test.each([
    [['/bin/sh', '-c', 'script', 'tsreg-end', 'runc', id]],
    [['/usr/sbin/runc', 'delete', '--force', id]],
    [['node', 'main.js', 'rm', id]],
    [['sh', 'cleanup.sh', id]],
    [['tail', '-f', id]],
    [['/usr/bin/conmon', '--cid', 'f'.repeat(64)]],
    [['/bin/sh', '-c', `echo ${id}`, 'tsreg-guard']],
    [[]],
  ])('nobody: %j', (words) => {
    expect(workerRole(words, id)).toBeUndefined()
  })

  test('is killed with all that have the role, and nobody else', async () => {
    const loop = 'echo; read -r end'
    const start = (...words: readonly string[]) =>
      spawn('/bin/sh', ['-c', loop, ...words], { stdio: ['pipe', 'pipe', 'ignore'] })
    const [guard, second, other] = [
      start('tsreg-guard', id),
      start('tsreg-guard', id),
      start('tsreg-guard', 'f'.repeat(64)),
    ]
    const ends = Promise.all([guard, second].map((child) => once(child, 'exit')))
    try {
      await Promise.all([guard, second, other].map(({ stdout }) => once(stdout, 'data')))
      await killWorkers(id, ['watcher'])
      expect([guard.exitCode, guard.signalCode]).toEqual([null, null])
      await killWorkers(id, ['maker'])
      expect(await ends).toEqual([
        [null, 'SIGKILL'],
        [null, 'SIGKILL'],
      ])
      expect([other.exitCode, other.signalCode]).toEqual([null, null])
    } finally {
      for (const child of [guard, second, other]) child.kill('SIGKILL')
    }
  })
})

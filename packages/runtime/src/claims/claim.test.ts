import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { type TempDir, tempDir } from '@tsreg/testkit'
import { claim, claimPath, takeOverClaim } from './claim.ts'

let directory: TempDir
const id = 'a'.repeat(64)
const isThere = () => existsSync(claimPath(directory.path, id))
beforeEach(async () => {
  directory = await tempDir()
})
afterEach(async () => {
  await directory[Symbol.asyncDispose]()
})

describe('a claim', () => {
  test('is one holder’s: others find it taken, and those who wait for it give up in time', async () => {
    const held = await claim(directory.path, id)
    expect(takeOverClaim(directory.path, id)).toBeUndefined()
    await expect(claim(directory.path, id, { timeoutMs: 50 })).rejects.toMatchObject({ code: 'CONTAINER_BUSY' })
    held.leave()
    expect(takeOverClaim(directory.path, id)?.id).toBe(id)
  })

  test('that is left stays for whoever comes next, and that of a container that stays is gone', async () => {
    const left = await claim(directory.path, id)
    left.leave()
    expect(isThere()).toBe(true)
    takeOverClaim(directory.path, id)?.keep()
    expect(isThere()).toBe(false)
    expect(takeOverClaim(directory.path, id)).toBeUndefined()
  })

  test('of a block is left at its end, unless it was decided before', async () => {
    {
      using _ = await claim(directory.path, id)
    }
    expect(isThere()).toBe(true)
    {
      using held = await claim(directory.path, id)
      held.keep()
      held.leave()
    }
    expect(isThere()).toBe(false)
  })

  test('is waited for as long as it takes the other one', async () => {
    const held = await claim(directory.path, id)
    const next = claim(directory.path, id)
    // The other removes the file, so that the lock that the next one gets must be on a new one.
    setTimeout(() => held.keep(), 30)
    const got = await next
    expect(isThere()).toBe(true)
    expect(takeOverClaim(directory.path, id)).toBeUndefined()
    got.keep()
  })

  test('of a process that is killed is free', async () => {
    const before = await claim(directory.path, id)
    before.leave()
    const child = spawn('flock', [claimPath(directory.path, id), 'sh', '-c', 'echo held; exec sleep 600'], {
      stdio: ['ignore', 'pipe', 'ignore'],
      detached: true,
    })
    await once(child.stdout, 'data')
    expect(takeOverClaim(directory.path, id)).toBeUndefined()
    process.kill(-(child.pid ?? 0), 'SIGKILL')
    await once(child, 'exit')
    const taken = await claim(directory.path, id)
    expect(taken.id).toBe(id)
    taken.keep()
  })

  test('is no other file that lies in its way', () => {
    writeFileSync(join(directory.path, 'claims'), '')
    expect(() => takeOverClaim(directory.path, id)).toThrow('ENOTDIR')
  })
})

import { readdir } from 'node:fs/promises'
import { describe, expect, test } from '@jest/globals'
import { tempDir } from '@tsreg/testkit'
import { lockDatabase, lockWhenFree, tryFileLock } from './file-lock.ts'

describe('locks between processes', () => {
  test('one holder at a time, and the next one when it has released', async () => {
    await using directory = await tempDir()
    const path = directory.join('lock')
    const first = await lockWhenFree(path, {})
    expect(await tryFileLock(path)).toBeUndefined()
    first.release()
    const second = await tryFileLock(path)
    expect(second).toBeDefined()
    second?.releaseAndRemove()
    expect(await readdir(directory.path)).toEqual([])
  })

  test('nothing stands beside the file of a lock: who locks while it is removed would fail to make that', async () => {
    await using directory = await tempDir()
    for (const take of [tryFileLock, lockDatabase]) {
      const lock = await take(directory.join('lock'))
      expect(await readdir(directory.path)).toEqual(['lock'])
      expect(await take(directory.join('lock'))).toBeUndefined()
      lock?.release()
      expect(await readdir(directory.path)).toEqual(['lock'])
    }
  })

  test('many that want one lock, whose file goes with each holder, all get it in turn', async () => {
    await using directory = await tempDir()
    const path = directory.join('lock')
    let holders = 0
    let most = 0
    const turn = async () => {
      const lock = await lockWhenFree(path, {})
      most = Math.max(most, ++holders)
      await new Promise((resolve) => setImmediate(resolve))
      holders--
      lock.releaseAndRemove()
    }
    await Promise.all(Array.from({ length: 20 }, turn))
    expect(most).toBe(1)
    expect(await readdir(directory.path)).toEqual([])
  })
})

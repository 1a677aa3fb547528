import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from '@jest/globals'
import { temporaryDirectories } from '../../testing/temporary-directory.ts'
import { directoryBucket } from './directory.ts'
import { lockDirectory } from './lock.ts'

const newDirectory = temporaryDirectories()

test('a second opener in the same process is refused, and may open after the first closed', async () => {
  const directory = await newDirectory()
  const first = await directoryBucket(directory)
  await expect(directoryBucket(directory)).rejects.toMatchObject({
    code: 'UNAVAILABLE',
    message: expect.stringMatching(`${directory} is in use by this process`),
    detail: { directory, reason: 'in-use', pid: process.pid },
  })
  await first.put('still', Buffer.from('works'))
  await expect(directoryBucket(directory)).rejects.toMatchObject({ code: 'UNAVAILABLE' })
  await first.close()
  const second = await directoryBucket(directory)
  expect(second.peek('still')).toBeDefined()
  await second.close()
})

test('another process is named by its pid, and its kill -9 frees the directory', async () => {
  const directory = await newDirectory()
  const script = `
    const { DatabaseSync } = require('node:sqlite')
    const lock = new DatabaseSync(${JSON.stringify(join(directory, 'lock.db'))})
    lock.exec('BEGIN EXCLUSIVE')
    require('node:fs').writeFileSync(${JSON.stringify(join(directory, 'owner.json'))},
      JSON.stringify({ pid: process.pid, host: require('node:os').hostname() }))
    console.log('locked')
    setInterval(() => {}, 1000)`
  const child = spawn(process.execPath, ['-e', script], { stdio: ['ignore', 'pipe', 'inherit'] })
  await once(child.stdout, 'data')
  await expect(directoryBucket(directory)).rejects.toMatchObject({
    code: 'UNAVAILABLE',
    message: expect.stringContaining(`process ${child.pid}`),
    detail: { pid: child.pid },
  })
  expect((await readdir(directory)).sort()).toEqual(['lock.db', 'lock.db-journal', 'owner.json'])
  child.kill('SIGKILL')
  await once(child, 'exit')
  await (await directoryBucket(directory)).close()
})

test('an owner file that is garbage or of another host names nobody', async () => {
  const directory = await newDirectory()
  const lock = lockDirectory(directory)
  for (const text of ['garbage', '{"pid":"x"}', '{"pid":1,"host":"elsewhere.example"}']) {
    await writeFile(join(directory, 'owner.json'), text)
    expect(() => lockDirectory(directory)).toThrow('in use by another process')
  }
  lock.release()
  lock.release()
})

import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { digestOf } from '@tsreg/oci'
import { type TempDir, tempDir } from '@tsreg/testkit'
import { imageUsers } from './image-users.ts'

const image = digestOf('image')

let directory: TempDir
beforeEach(async () => {
  directory = await tempDir()
})
afterEach(async () => directory[Symbol.asyncDispose]())

/** A container that never ran; what is not asked for here is left out. */
async function writeContainer(digit: string, imageId: string): Promise<string> {
  const id = digit.repeat(64)
  await mkdir(directory.join(id))
  const record = { version: 1, id, name: digit, created: `2026-01-0${digit}`, image: { id: imageId, name: 'app' } }
  await writeFile(directory.join(id, 'container.json'), JSON.stringify(record))
  return id
}

/** This process stands for the container's. */
async function setRunning(id: string): Promise<void> {
  const stat = await readFile('/proc/self/stat', 'utf8')
  const startTicks = Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19])
  const boot = (await readFile('/proc/sys/kernel/random/boot_id', 'utf8')).trim()
  const self = { pid: process.pid, startTicks, boot }
  const started = { process: self, conmon: self, startedAt: '2026-01-01T00:00:00Z' }
  await writeFile(directory.join(id, 'process.json'), JSON.stringify(started))
}

describe('imageUsers', () => {
  test('there is none without containers, and nothing is made', async () => {
    await expect(imageUsers(directory.join('nothing'))(image)).resolves.toBeUndefined()
  })

  test('finds the container of the image, and none of another one', async () => {
    const containerId = await writeContainer('1', image)
    const userOf = imageUsers(directory.path)
    await expect(userOf(image)).resolves.toEqual({ containerId, isRunning: false })
    await expect(userOf(digestOf('another'))).resolves.toBeUndefined()
  })

  if (process.platform !== 'linux') console.warn('left out: which of several containers runs is seen on Linux only')
  const runs = process.platform === 'linux' ? ['1', '2', '3'] : []
  for (const digit of runs) {
    test(`of several it is the one that runs, number ${digit}`, async () => {
      for (const each of runs) await writeContainer(each, image)
      const containerId = digit.repeat(64)
      await setRunning(containerId)
      await expect(imageUsers(directory.path)(image)).resolves.toEqual({ containerId, isRunning: true })
    })
  }

  test('one that cannot be read is passed over', async () => {
    const containerId = await writeContainer('1', image)
    await mkdir(directory.join('2'.repeat(64)))
    await writeFile(directory.join('2'.repeat(64), 'container.json'), '{')
    await expect(imageUsers(directory.path)(image)).resolves.toEqual({ containerId, isRunning: false })
  })
})

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { expect, test } from '@jest/globals'
import { readAll, seededBytes } from '../../testing/bucket-fixtures.ts'
import { temporaryDirectories } from '../../testing/temporary-directory.ts'
import { type DirectoryBucket, directoryBucket } from './directory.ts'

const newDirectory = temporaryDirectories()
const program = fileURLToPath(new URL('../../testing/crash-child.ts', import.meta.url))

/** Runs the program until it has acknowledged so many writes, kills it, and gives all that it acknowledged. */
async function runAndKill(directory: string, round: number, writes: number): Promise<string[][]> {
  const child = spawn(process.execPath, ['--conditions=source', program, directory, `${round}`], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const exited = once(child, 'exit')
  const acknowledged: string[][] = []
  for await (const line of createInterface(child.stdout)) {
    acknowledged.push(line.split(' '))
    if (acknowledged.length === writes) child.kill('SIGKILL')
  }
  expect((await exited)[1]).toBe('SIGKILL')
  return acknowledged
}

async function contentOf(bucket: DirectoryBucket, key: string): Promise<string> {
  return Buffer.from((await bucket.read(key))?.body ?? []).toString()
}

async function keysOf(bucket: DirectoryBucket, prefix: string): Promise<string[]> {
  const keys: string[] = []
  for (let page = await bucket.list({ prefix }); page.length > 0; ) {
    keys.push(...page.map(({ key }) => key))
    page = await bucket.list({ prefix, startAfter: keys.at(-1) ?? '' })
  }
  return keys
}

test('after kill -9 in the middle of writes all acknowledged ones are there and none is torn', async () => {
  const directory = await newDirectory()
  const acknowledged: string[][] = []
  for (const [round, writes] of [200, 37, 523].entries()) {
    acknowledged.push(...(await runAndKill(directory, round, writes)))
    const bucket = await directoryBucket(directory)
    await bucket.sweep()

    const [cells, objects] = [await keysOf(bucket, 'cell/'), await keysOf(bucket, 'object/')]
    const named = (kind: string): string[] => acknowledged.flatMap(([k, key = '']) => (k === kind ? [key] : []))
    expect(cells).toEqual(expect.arrayContaining(named('cell')))
    expect(objects).toEqual(expect.arrayContaining(named('object')))
    const counted = Math.max(0, ...named('counter').map(Number))
    const counter = Number(await contentOf(bucket, 'counter'))
    expect([counted, counted + 1]).toContain(counter)

    for (const key of cells) expect(await contentOf(bucket, key)).toBe(key)
    for (const key of objects) {
      const [, seed = 0, size = 0] = key.split('-').map(Number)
      expect(seededBytes(size, seed).equals(await readAll(bucket, key))).toBe(true)
    }
    await bucket.close()
  }
}, 120_000)

import { mkdtemp, open, readdir, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { pino } from 'pino'
import { type RunningRegistry, startRegistry } from './main.ts'
import { sha256 } from './testing/test-registry.ts'

const logger = pino({ level: 'silent' })
const content = Buffer.alloc(5_000_000, 'a directory of blobs ')
const digest = sha256(content)

describe('a registry on a directory', () => {
  let directory: string
  let registry: RunningRegistry | undefined
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'tsreg-directory-'))
  })
  afterEach(async () => {
    await registry?.close()
    registry = undefined
    await rm(directory, { recursive: true })
  })

  const start = async (storage = `file:${join(directory, 'data')}`): Promise<string> => {
    registry = await startRegistry({ listen: '127.0.0.1:0', storage }, { logger })
    return registry.url
  }
  const push = async (url: string): Promise<void> => {
    const answer = await fetch(`${url}/v2/a/blobs/uploads/?digest=${digest}`, { method: 'POST', body: content })
    expect(answer.status).toBe(201)
  }
  const get = async (url: string, range?: string): Promise<Buffer> => {
    const answer = await fetch(`${url}/v2/a/blobs/${digest}`, range === undefined ? {} : { headers: { range } })
    return Buffer.from(await answer.arrayBuffer())
  }

  test('serves whole blobs and ranges of them, also after a restart', async () => {
    await push(await start())
    await registry?.close()
    const url = await start()
    for (let n = 0; n < 3; n += 1) expect((await get(url)).equals(content)).toBe(true)
    expect((await get(url, 'bytes=1048570-1048590')).equals(content.subarray(1_048_570, 1_048_591))).toBe(true)
    expect((await get(url, 'bytes=-100')).equals(content.subarray(-100))).toBe(true)
  })

  test('a byte that has changed on disk breaks the connection off, is logged and counted', async () => {
    const url = await start()
    await push(url)
    await flipByte(await dataFile(directory), 3_500_000)
    const lines: string[] = []
    await registry?.close()
    const storage = `file:${join(directory, 'data')}`
    registry = await startRegistry(
      { listen: '127.0.0.1:0', storage },
      { logger: pino({}, { write: (line) => void lines.push(line) }) },
    )
    const answer = await fetch(`${registry.url}/v2/a/blobs/${digest}`)
    expect(answer.status).toBe(200)
    await expect(answer.arrayBuffer()).rejects.toThrow()
    const metrics = await (await fetch(`${registry.url}/metrics`)).text()
    expect(metrics).toContain('tsreg_content_corrupt_total 1')
    expect(lines.some((line) => line.includes('"code":"CONTENT_CORRUPT"'))).toBe(true)
  })

  test('a second registry on the same directory says that it is in use', async () => {
    await start()
    const second = startRegistry({ listen: '127.0.0.1:0', storage: `file:${join(directory, 'data')}` }, { logger })
    await expect(second).rejects.toMatchObject({
      code: 'UNAVAILABLE',
      message: expect.stringMatching(/process|in use/),
    })
  })

  test('a directory of something else is refused and left as it is', async () => {
    await writeFile(join(directory, 'thesis.txt'), 'mine')
    await expect(start(`file:${directory}`)).rejects.toMatchObject({ code: 'UNSUPPORTED' })
    expect(await readdir(directory)).toEqual(['thesis.txt'])
  })

  test.each(['file:', 'ftp://x', 'data'])('storage %s is refused with what to write', async (storage) => {
    await expect(start(storage)).rejects.toMatchObject({ code: 'CONFIG_INVALID', setting: 'storage' })
  })
})

/** The only file as large as the blob. */
async function dataFile(directory: string): Promise<string> {
  for (const entry of await readdir(directory, { recursive: true })) {
    const path = join(directory, entry)
    const { size } = await stat(path)
    if (size === content.length) return path
  }
  throw new Error('no file has the size of the blob')
}

async function flipByte(path: string, position: number): Promise<void> {
  const file = await open(path, 'r+')
  const byte = Buffer.alloc(1)
  await file.read(byte, 0, 1, position)
  await file.write(Buffer.of((byte[0] ?? 0) ^ 1), 0, 1, position)
  await file.close()
}

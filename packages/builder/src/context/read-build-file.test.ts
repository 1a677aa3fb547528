import { mkdir, rename, symlink, writeFile } from 'node:fs/promises'
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { mknod } from '@tsreg/image/syscalls'
import { type TempDir, tempDir } from '@tsreg/testkit'
import { readBuildFile } from './read-build-file.ts'

let directory: TempDir
let context: string
beforeEach(async () => {
  directory = await tempDir()
  context = directory.join('context')
  await mkdir(context)
  await mkdir(directory.join('outside'))
  await writeFile(directory.join('outside', 'secret'), 'secret')
})
afterEach(async () => directory[Symbol.asyncDispose]())

const refuse = (why: string) => new Error(why)
const read = async (path: string, maxBytes = 1000) =>
  (await readBuildFile(path, { context, maxBytes, refuse }))?.bytes.toString()

describe('a file that steers a build', () => {
  test('is read where it lies, and through links that stay in the context', async () => {
    await writeFile(`${context}/file`, 'text')
    await symlink('file', `${context}/link`)
    expect(await read(`${context}/link`)).toBe('text')
    expect(await read(`${context}/none`)).toBeUndefined()
  })

  test.each([
    ['an absolute link', () => symlink(directory.join('outside', 'secret'), `${context}/file`), 'file'],
    ['a link that climbs', () => symlink('../outside/secret', `${context}/file`), 'file'],
    ['a directory that is a link', () => symlink('../outside', `${context}/d`), 'd/secret'],
    ['a chain', () => symlink('../outside', `${context}/b`).then(() => symlink('b/secret', `${context}/file`)), 'file'],
  ])('CVE-2022-24904 (Argo CD): through %s out of the context it is refused', async (_, make, name) => {
    await make()
    await expect(read(`${context}/${name}`)).rejects.toThrow('it is a link that leads out of the build context')
  })

  test('outside of the context it may be anywhere, for it was named', async () => {
    await symlink('outside/secret', directory.join('link'))
    expect(await read(directory.join('link'))).toBe('secret')
  })

  test('a context that is reached by a link is the directory it leads to', async () => {
    await writeFile(`${context}/file`, 'text')
    await symlink('context', directory.join('here'))
    const options = { context: directory.join('here'), maxBytes: 1000, refuse }
    expect((await readBuildFile(directory.join('here', 'file'), options))?.bytes.toString()).toBe('text')
  })

  test('a pipe, a directory and what is too large are refused', async () => {
    mknod(`${context}/pipe`, 0o010600)
    await mkdir(`${context}/directory`)
    await writeFile(`${context}/large`, 'x'.repeat(11))
    await expect(read(`${context}/pipe`)).rejects.toThrow('it is not a file')
    await expect(read(`${context}/directory`)).rejects.toThrow('it is not a file')
    await expect(read(`${context}/large`, 10)).rejects.toThrow('it has 11 bytes, 10 are allowed')
  })

  test('exchanged for a link again and again, it gives its own content or an error', async () => {
    await writeFile(`${context}/file`, 'text')
    await symlink('../outside/secret', `${context}/trap`)
    let isRunning = true
    const swapping = (async () => {
      while (isRunning) {
        await rename(`${context}/file`, `${context}/kept`)
        await rename(`${context}/trap`, `${context}/file`)
        await rename(`${context}/file`, `${context}/trap`)
        await rename(`${context}/kept`, `${context}/file`)
      }
    })()
    const found = new Set<string | undefined>()
    for (let round = 0; round < 300; round += 1) found.add(await read(`${context}/file`).catch(() => undefined))
    isRunning = false
    await swapping
    expect(found).not.toContain('secret')
  })
})

import { mkdir, readdir, readFile, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from '@jest/globals'
import { temporaryDirectories } from '../../testing/temporary-directory.ts'
import { checkDirectory, type DirectoryProbe } from './check-directory.ts'
import { directoryBucket } from './directory.ts'

const newDirectory = temporaryDirectories()

const refusal = (code: string, reason: string, advice: string) => ({
  code,
  detail: { reason },
  message: expect.stringContaining(advice),
})

describe('a directory that cannot be used is refused with the reason, and nothing in it is touched', () => {
  const local = { networkFileSystem: async () => undefined, access: async () => {} }
  const denied = (refusedMode: number, code: string): DirectoryProbe => ({
    ...local,
    async access(_, mode) {
      if ((mode & refusedMode) !== 0) throw Object.assign(new Error(code), { code })
    },
  })

  test('foreign files', async () => {
    const directory = await newDirectory()
    await writeFile(join(directory, 'thesis.txt'), 'words')
    await expect(directoryBucket(directory)).rejects.toMatchObject(refusal('UNSUPPORTED', 'foreign', 'thesis.txt'))
    expect(await readdir(directory)).toEqual(['thesis.txt'])
  })

  test.each(['not json', '{}', '{"format":"other","layout":1}', '{"format":"tsreg-directory"}', '[]'])(
    'a foreign store.json: %s',
    async (text) => {
      const directory = await newDirectory()
      await writeFile(join(directory, 'store.json'), text)
      await expect(directoryBucket(directory)).rejects.toMatchObject(refusal('UNSUPPORTED', 'foreign', 'empty or new'))
      expect(await readdir(directory)).toEqual(['store.json'])
      expect(await readFile(join(directory, 'store.json'), 'utf8')).toBe(text)
    },
  )

  test('a newer layout', async () => {
    const directory = await newDirectory()
    await (await directoryBucket(directory)).close()
    await writeFile(join(directory, 'store.json'), '{"format":"tsreg-directory","layout":2}')
    const before = await readdir(directory)
    await expect(directoryBucket(directory)).rejects.toMatchObject(
      refusal('UNSUPPORTED', 'newer-layout', 'layout 2, this program knows 1'),
    )
    expect(await readdir(directory)).toEqual(before)
  })

  test('a network file system', async () => {
    const directory = await newDirectory()
    const probe = { ...local, networkFileSystem: async () => 'NFS' }
    await expect(checkDirectory(join(directory, 'new', 'deep'), probe)).rejects.toMatchObject(
      refusal('UNSUPPORTED', 'network-file-system', 'NFS'),
    )
    expect(await readdir(directory)).toEqual([])
  })

  test('one that may not be read', async () => {
    const directory = await newDirectory()
    await expect(checkDirectory(directory, denied(4, 'EACCES'))).rejects.toMatchObject(
      refusal('UNAVAILABLE', 'unreadable', 'permissions'),
    )
  })

  test.each([
    ['EACCES', 'permissions'],
    ['EROFS', 'remount'],
  ])('one that may not be written: %s', async (code, advice) => {
    const directory = await newDirectory()
    await expect(checkDirectory(directory, denied(2, code))).rejects.toMatchObject(
      refusal('UNAVAILABLE', 'read-only', advice),
    )
  })

  test('a file, and a path through a file', async () => {
    const file = join(await newDirectory(), 'file')
    await writeFile(file, 'x')
    for (const path of [file, join(file, 'below')]) {
      await expect(directoryBucket(path)).rejects.toMatchObject(
        refusal('UNSUPPORTED', 'not-a-directory', 'choose another path'),
      )
    }
  })

  test('a store whose database is missing: its data files would all be swept', async () => {
    const directory = await newDirectory()
    await writeFile(join(directory, 'store.json'), '{"format":"tsreg-directory","layout":1}')
    await mkdir(join(directory, 'd'))
    await expect(directoryBucket(directory)).rejects.toMatchObject(refusal('UNAVAILABLE', 'damaged', 'index.db'))
    expect((await readdir(directory)).sort()).toEqual(['d', 'store.json'])
  })

  test('data files without a store.json', async () => {
    const directory = await newDirectory()
    await mkdir(join(directory, 'd', 'ab'), { recursive: true })
    await expect(directoryBucket(directory)).rejects.toMatchObject(refusal('UNSUPPORTED', 'foreign', 'store.json'))
  })

  test('a database that is garbage', async () => {
    const directory = await newDirectory()
    await (await directoryBucket(directory)).close()
    const garbage = Buffer.alloc(8192, 'garbage ')
    await writeFile(join(directory, 'index.db'), garbage)
    await expect(directoryBucket(directory)).rejects.toMatchObject({
      code: 'CONTENT_CORRUPT',
      message: expect.stringContaining('backup'),
    })
    expect(garbage.equals(await readFile(join(directory, 'index.db')))).toBe(true)
  })
})

describe('a directory that can be used', () => {
  test('absent, with absent parents, is made', async () => {
    const directory = join(await newDirectory(), 'a', 'b')
    const bucket = await directoryBucket(directory)
    await bucket.put('k', Buffer.from('v'))
    await bucket.close()
    expect((await readdir(directory)).sort()).toEqual(['d', 'index.db', 'lock.db', 'store.json'])
  })

  test('a fresh mount with lost+found counts as empty', async () => {
    const directory = await newDirectory()
    await mkdir(join(directory, 'lost+found'))
    await (await directoryBucket(directory)).close()
  })

  test('the remains of a store that was never finished are taken over', async () => {
    const directory = await newDirectory()
    await mkdir(join(directory, 'd'))
    for (const name of ['lock.db', 'lock.db-journal', 'index.db', 'store.json.new']) {
      await writeFile(join(directory, name), '')
    }
    await (await directoryBucket(directory)).close()
    expect(await checkDirectory(directory)).toBe('existing')
  })

  test('a symbolic link to a directory is followed', async () => {
    const directory = await newDirectory()
    const link = join(await newDirectory(), 'link')
    await symlink(directory, link)
    await (await directoryBucket(link)).close()
    expect(await checkDirectory(directory)).toBe('existing')
  })
})

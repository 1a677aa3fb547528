import { mkdir, symlink, writeFile } from 'node:fs/promises'
import { expect, test } from '@jest/globals'
import { mknod } from '@tsreg/image/syscalls'
import { tempDir } from '@tsreg/testkit'
import { scanDirectory } from './scan-directory.ts'

test('everything is what it is: links are looked at, not through, and a pipe is no file', async () => {
  await using directory = await tempDir()
  await writeFile(directory.join('file'), 'text')
  await mkdir(directory.join('directory'))
  await symlink('file', directory.join('link'))
  await symlink('directory', directory.join('link-to-directory'))
  mknod(directory.join('pipe'), 0o010600)
  const found = [...scanDirectory(directory.path)].map(([name, scanned]) => {
    const { type, size, linkName } = scanned?.file ?? {}
    return [name, type, size, linkName]
  })
  expect(found).toEqual([
    ['directory', 'directory', 0, ''],
    ['file', 'file', 4, ''],
    ['link', 'symlink', 0, 'file'],
    ['link-to-directory', 'symlink', 0, 'directory'],
    ['pipe', 'fifo', 0, ''],
  ])
})

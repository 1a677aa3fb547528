import { mkdir, symlink } from 'node:fs/promises'
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { type TempDir, tempDir } from '@tsreg/testkit'
import { checkWorkingDirectory } from './working-directory.ts'

let directory: TempDir
let root: string
beforeEach(async () => {
  directory = await tempDir()
  root = directory.join('rootfs')
  await mkdir(`${root}/srv/app`, { recursive: true })
  await mkdir(`${root}/proc`)
})
afterEach(async () => {
  await directory[Symbol.asyncDispose]()
})

describe('the directory that a process begins in (CVE-2024-21626)', () => {
  test.each(['', '/', '/srv/app', '/srv/app/..', '/not/there/yet', '/proc', '/procedures', '/srv/../../../srv'])(
    '%j may be one',
    async (cwd) => {
      await expect(checkWorkingDirectory(root, cwd)).resolves.toBeUndefined()
    },
  )

  test.each([
    '/proc/self/fd/7',
    '/proc/self/fd/8/../../../..',
    '/srv/../proc/thread-self/cwd',
    '//proc/./1/root',
    '/not-there/../proc/self/fd/9',
  ])('%j is none', async (cwd) => {
    await expect(checkWorkingDirectory(root, cwd)).rejects.toMatchObject({
      code: 'OPTION_INVALID',
      message: expect.stringContaining('leads to /proc/'),
    })
  })

  test.each([
    ['/proc/self/fd/7', '/work'],
    ['../proc/self/fd/8/../..', '/srv/work'],
    ['../../../../proc', '/work/self/fd/7'],
  ])('a link of the image to %s is none by the name %s', async (target, cwd) => {
    await symlink(target, `${root}${cwd.replace('/self/fd/7', '')}`)
    await expect(checkWorkingDirectory(root, cwd)).rejects.toMatchObject({ code: 'OPTION_INVALID' })
  })

  test('directories that the image has below /proc hide nothing: the file system of processes is mounted over them', async () => {
    await mkdir(`${root}/proc/self/fd/7`, { recursive: true })
    for (const cwd of ['/proc/self/fd/7', '/proc/self/fd/7/../../../srv']) {
      await expect(checkWorkingDirectory(root, cwd)).rejects.toMatchObject({ code: 'OPTION_INVALID' })
    }
  })
})

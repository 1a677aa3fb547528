import { execFileSync } from 'node:child_process'
import { mkdir, readFile, symlink, writeFile } from 'node:fs/promises'
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { type TempDir, tempDir } from '@tsreg/testkit'
import { readFileInside, statInside, withPlaceInside } from './inside.ts'
import { readUserDatabase } from './user.ts'

let directory: TempDir
let root: string
beforeEach(async () => {
  directory = await tempDir()
  root = directory.join('rootfs')
  await mkdir(`${root}/etc/deep`, { recursive: true })
  await writeFile(directory.join('secret'), 'of the host')
  await writeFile(`${root}/etc/passwd`, 'of the container')
})
afterEach(async () => {
  await directory[Symbol.asyncDispose]()
})

const read = async (path: string) => (await readFileInside(root, path, 1000))?.toString()

describe('a file in a hostile root file system', () => {
  test.each([
    ['a link with an absolute target', '/etc/passwd'],
    ['a link that climbs', '../../../../../../../../../../../../etc/passwd'],
  ])('%s is followed inside only', async (_, target) => {
    await symlink(target, `${root}/link`)
    expect(await read('/link')).toBe('of the container')
    expect(await readFile(`${root}/link`, 'utf8')).not.toBe('of the container')
  })

  test('an absolute link begins at the root, and not where it lies', async () => {
    await symlink('/etc/passwd', `${root}/etc/deep/link`)
    expect(await read('/etc/deep/link')).toBe('of the container')
  })

  test('a link to a file of the host leads nowhere', async () => {
    await symlink(directory.join('secret'), `${root}/link`)
    await symlink('../../secret', `${root}/etc/climbing`)
    expect(await read('/link')).toBeUndefined()
    expect(await read('/etc/climbing')).toBeUndefined()
  })

  test('a directory on the way that is a link out leads nowhere', async () => {
    await symlink(directory.path, `${root}/out`)
    expect(await read('/out/secret')).toBeUndefined()
  })

  test('/etc/passwd as a link to the passwd of the host gives that of nobody (CVE-2019-14271 in kind)', async () => {
    await mkdir(`${root}/evil/etc`, { recursive: true })
    await symlink('/proc/1/root/etc/group', `${root}/etc/group`)
    const { passwd, group } = await readUserDatabase(root)
    expect({ passwd, group }).toEqual({ passwd: 'of the container', group: undefined })
  })

  test('links in a circle are an error', async () => {
    await symlink('b', `${root}/a`)
    await symlink('a', `${root}/b`)
    await expect(read('/a')).rejects.toMatchObject({ code: 'CONTAINER_DAMAGED' })
  })

  test('a named pipe is no file, and nobody waits for its writer', async () => {
    execFileSync('mkfifo', [`${root}/pipe`])
    expect(await read('/pipe')).toBeUndefined()
    expect((await statInside(root, '/pipe'))?.isFIFO()).toBe(true)
  })

  test('more bytes than the limit are an error', async () => {
    await writeFile(`${root}/large`, Buffer.alloc(1001))
    await expect(read('/large')).rejects.toMatchObject({ code: 'CONTAINER_DAMAGED' })
  })

  test('dots, doubled slashes and a directory above the root are paths like others', async () => {
    expect(await read('//etc/./deep/../../../etc//passwd')).toBe('of the container')
    expect(await read('/etc')).toBeUndefined()
    expect((await statInside(root, '/etc/deep/..'))?.isDirectory()).toBe(true)
    expect(await statInside(root, '/etc/passwd/under')).toBeUndefined()
  })

  test('a place tells where it is for the container', async () => {
    await symlink('/etc/deep', `${root}/short`)
    expect(await withPlaceInside(root, '/short/new', async (place) => place?.name)).toBe('/etc/deep/new')
    expect(await withPlaceInside(root, '/nothing/new', async (place) => place?.name)).toBeUndefined()
  })
})

import { chmod, lstat, mkdir, readdir, readFile, readlink, stat, symlink, writeFile } from 'node:fs/promises'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from '@jest/globals'
import { tempDir } from '@tsreg/testkit'
import { configPath, readConfig, writeConfig } from './config-file.ts'

describe('config.json', () => {
  test('is in DOCKER_CONFIG, or in ~/.docker', () => {
    expect(configPath({ DOCKER_CONFIG: '/x' })).toBe('/x/config.json')
    expect(configPath({ DOCKER_CONFIG: '' })).toBe(join(homedir(), '.docker/config.json'))
    expect(configPath({})).toBe(join(homedir(), '.docker/config.json'))
  })

  test('that is not there is empty', async () => {
    await using directory = await tempDir()
    expect(await readConfig(directory.join('none/config.json'))).toEqual({})
  })

  test.each(['{"auths": {"h": {"auth": "canary"}', '[]', '"canary"', 'canary'])(
    'that is broken is an error that does not quote it: %s',
    async (text) => {
      await using directory = await tempDir()
      const path = directory.join('config.json')
      await writeFile(path, text)
      const error = await readConfig(path).catch((thrown: unknown) => thrown)
      expect(error).toMatchObject({ code: 'CREDENTIALS', message: expect.stringContaining(path) })
      expect(String(error)).not.toContain('canary')
    },
  )

  test('that cannot be read is an error', async () => {
    await using directory = await tempDir()
    await expect(readConfig(directory.path)).rejects.toMatchObject({ code: 'CREDENTIALS' })
  })

  test.each(['', '  \n', '\uFEFF{}'])('%j is empty', async (text) => {
    await using directory = await tempDir()
    await writeFile(directory.join('config.json'), text)
    expect(await readConfig(directory.join('config.json'))).toEqual({})
  })

  test('is written for its owner only, whatever it was, and leaves no draft', async () => {
    await using directory = await tempDir()
    const path = directory.join('config.json')
    await writeFile(path, '{}')
    await chmod(path, 0o644)
    await writeConfig(path, { auths: { h: {} } })
    expect((await stat(path)).mode & 0o777).toBe(0o600)
    expect(await readdir(directory.path)).toEqual(['config.json'])
    expect(await readConfig(path)).toEqual({ auths: { h: {} } })
  })

  test('is created with its directory', async () => {
    await using directory = await tempDir()
    await writeConfig(directory.join('new/config.json'), {})
    expect((await stat(directory.join('new'))).mode & 0o777).toBe(0o700)
  })

  test.each(['there', 'missing'])('that is a symbolic link to a file that is %s stays one', async (state) => {
    await using directory = await tempDir()
    await mkdir(directory.join('dotfiles'))
    if (state === 'there') await writeFile(directory.join('dotfiles/docker.json'), '{}')
    await symlink('dotfiles/docker.json', directory.join('config.json'))
    await writeConfig(directory.join('config.json'), { a: 1 })
    expect((await lstat(directory.join('config.json'))).isSymbolicLink()).toBe(true)
    expect(await readlink(directory.join('config.json'))).toBe('dotfiles/docker.json')
    expect(JSON.parse(await readFile(directory.join('dotfiles/docker.json'), 'utf8'))).toEqual({ a: 1 })
  })

  test('a link that leads to itself is an error', async () => {
    await using directory = await tempDir()
    await symlink('config.json', directory.join('config.json'))
    await expect(writeConfig(directory.join('config.json'), {})).rejects.toMatchObject({ code: 'CREDENTIALS' })
  })
})

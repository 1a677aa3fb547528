import { mkdir, readdir, symlink } from 'node:fs/promises'
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { type TempDir, tempDir } from '@tsreg/testkit'
import { claim } from '../claims/claim.ts'
import { checkName, drawName, ownerOf, releaseName, releaseNamesOf, reserveName } from './names.ts'

let directory: TempDir
const [a = '', b = ''] = ['a', 'b'].map((digit) => digit.repeat(64))
beforeEach(async () => {
  directory = await tempDir()
})
afterEach(async () => {
  await directory[Symbol.asyncDispose]()
})
const makeContainer = (id: string) => mkdir(directory.join(id))

describe('the name of a container', () => {
  test.each(['web', 'Web_1.x-y', '0a', 'a'.repeat(200)])('%s may be one', (name) => {
    expect(() => checkName(name)).not.toThrow()
  })

  test.each(['', 'a', '-a', '.a', '_a', 'a b', 'a/b', '..', '../x', 'a/../../x', 'a\n', 'é1', 'a\0b'])(
    '%j is none',
    async (name) => {
      const refusal = expect.objectContaining({ code: 'OPTION_INVALID' })
      expect(() => checkName(name)).toThrow(refusal)
      await expect(reserveName(directory.path, a, name)).rejects.toEqual(refusal)
      expect(await readdir(directory.path)).not.toContain('x')
    },
  )

  test('belongs to one container at a time', async () => {
    await makeContainer(a)
    expect(await reserveName(directory.path, a, 'web')).toBe('web')
    await expect(reserveName(directory.path, b, 'web')).rejects.toMatchObject({
      code: 'CONTAINER_NAME_TAKEN',
      detail: { name: 'web', owner: a },
    })
    expect(await reserveName(directory.path, a, 'web')).toBe('web')
    expect(await ownerOf(directory.path, 'web')).toBe(a)
  })

  test('goes to exactly one of many that want it at once', async () => {
    const ids = Array.from({ length: 20 }, (_, index) => index.toString(16).padStart(64, '0'))
    for (const id of ids) await makeContainer(id)
    const results = await Promise.allSettled(ids.map((id) => reserveName(directory.path, id, 'web')))
    expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
  })

  test('of a container that is gone is free, and of one that is being made is not', async () => {
    await reserveName(directory.path, a, 'web')
    const held = await claim(directory.path, a)
    await expect(reserveName(directory.path, b, 'web')).rejects.toMatchObject({ code: 'CONTAINER_NAME_TAKEN' })
    held.keep()
    expect(await reserveName(directory.path, b, 'web')).toBe('web')
    expect(await ownerOf(directory.path, 'web')).toBe(b)
  })

  test('is freed by its owner only, and all of a container’s names at once', async () => {
    for (const name of ['one', 'two']) await reserveName(directory.path, a, name)
    await reserveName(directory.path, b, 'other')
    await releaseName(directory.path, b, 'one')
    expect(await ownerOf(directory.path, 'one')).toBe(a)
    await releaseNamesOf(directory.path, a)
    expect(await readdir(directory.join('names'))).toEqual(['other'])
  })

  test('that nobody gives is two words, and a number behind them where those are taken', () => {
    expect(drawName(0, () => 0)).toMatch(/^[a-z]+_[a-z]+$/)
    expect(drawName(3, () => 7)).toMatch(/^[a-z]+_[a-z]+7$/)
    expect(drawName(0, () => 0)).not.toBe(drawName(0, () => 1))
  })

  test('is looked up by name only: no path leads to an owner', async () => {
    await mkdir(directory.join('names'))
    await symlink(b, directory.join('outside'))
    expect(await ownerOf(directory.path, 'nobody')).toBeUndefined()
    expect(await ownerOf(directory.path, 'x'.repeat(300))).toBeUndefined()
  })
})

import { stat, writeFile } from 'node:fs/promises'
import { expect, test } from '@jest/globals'
import { tempDir } from './temp-dir.ts'

test('a temporary directory is removed with its content when the block is left', async () => {
  let path = ''
  {
    await using directory = await tempDir()
    path = directory.path
    await writeFile(directory.join('file'), 'content')
    expect((await stat(path)).isDirectory()).toBe(true)
  }
  await expect(stat(path)).rejects.toMatchObject({ code: 'ENOENT' })
})

import { execFileSync } from 'node:child_process'
import { chmod, mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { expect, test } from '@jest/globals'
import { tempDir } from '@tsreg/testkit'
import { openLayout, openLayoutReader } from './open.ts'

const header = '{"imageLayoutVersion":"1.0.0"}'

test('a new layout has the header, an empty index and the directory of blobs', async () => {
  await using directory = await tempDir()
  const layout = await openLayout(directory.join('a', 'b'))
  expect(await readFile(directory.join('a', 'b', 'oci-layout'), 'utf8')).toBe(header)
  expect(JSON.parse(await readFile(directory.join('a', 'b', 'index.json'), 'utf8'))).toEqual({
    schemaVersion: 2,
    mediaType: 'application/vnd.oci.image.index.v1+json',
    manifests: [],
  })
  expect((await readdir(layout.directory)).sort()).toEqual(['blobs', 'index.json', 'oci-layout'])
})

test('eight openings of one new directory at once all succeed', async () => {
  await using directory = await tempDir()
  const layouts = await Promise.all(Array.from({ length: 8 }, () => openLayout(directory.join('new'))))
  for (const layout of layouts) expect(await layout.entries()).toEqual([])
  expect((await readdir(directory.join('new'))).sort()).toEqual(['blobs', 'index.json', 'oci-layout'])
})

test('a creation that was interrupted before the header is taken up again', async () => {
  await using directory = await tempDir()
  await mkdir(directory.join('blobs', 'sha256'), { recursive: true })
  await writeFile(directory.join('index.json.0123456789ab.tmp'), '{"sche')
  expect(await (await openLayout(directory.path)).entries()).toEqual([])
})

test.each<[string, Record<string, string>, string]>([
  ['a directory of something else', { 'package.json': '{}' }, 'LAYOUT_INVALID'],
  ['a directory with an index.json and no header', { 'index.json': '{}' }, 'LAYOUT_INVALID'],
  ['a header that is not JSON', { 'oci-layout': 'x', 'index.json': '{}' }, 'LAYOUT_INVALID'],
  ['a header without a version', { 'oci-layout': '{}', 'index.json': '{}' }, 'LAYOUT_INVALID'],
  ['a newer layout', { 'oci-layout': '{"imageLayoutVersion":"2.0.0"}', 'index.json': '{}' }, 'LAYOUT_UNSUPPORTED'],
  ['a layout without an index', { 'oci-layout': header }, 'LAYOUT_INVALID'],
  ['a torn index', { 'oci-layout': header, 'index.json': '{"schemaVersion":2,"mani' }, 'LAYOUT_INVALID'],
  [
    'an index with a digest that leads out of the directory',
    {
      'oci-layout': header,
      'index.json': '{"schemaVersion":2,"manifests":[{"mediaType":"a/b","digest":"sha256:../../etc/passwd","size":1}]}',
    },
    'LAYOUT_INVALID',
  ],
  [
    'an image manifest as index',
    { 'oci-layout': header, 'index.json': '{"schemaVersion":2,"config":{}}' },
    'LAYOUT_INVALID',
  ],
])('%s is refused, and nothing in it is changed', async (_what, files, code) => {
  await using directory = await tempDir()
  for (const [name, content] of Object.entries(files)) await writeFile(directory.join(name), content)
  await expect(openLayout(directory.path)).rejects.toMatchObject({ name: 'ImageError', code })
  await expect(openLayoutReader(directory.path)).rejects.toMatchObject({ code })
  expect((await readdir(directory.path)).sort()).toEqual(Object.keys(files).sort())
})

test('a file is not a layout', async () => {
  await using directory = await tempDir()
  await writeFile(directory.join('file'), '')
  await expect(openLayout(directory.join('file'))).rejects.toMatchObject({ code: 'LAYOUT_INVALID' })
  await expect(openLayout(directory.join('file', 'below'))).rejects.toMatchObject({ code: 'LAYOUT_INVALID' })
})

test('without leave to create it, a directory that does not exist is refused and not made', async () => {
  await using directory = await tempDir()
  await expect(openLayout(directory.join('x'), { create: false })).rejects.toMatchObject({ code: 'LAYOUT_INVALID' })
  expect(await readdir(directory.path)).toEqual([])
})

test('a named pipe in the place of the header does not hang', async () => {
  await using directory = await tempDir()
  execFileSync('mkfifo', [directory.join('oci-layout')])
  await expect(openLayout(directory.path)).rejects.toMatchObject({ code: 'LAYOUT_INVALID' })
})

test('a directory in the place of the header is refused', async () => {
  await using directory = await tempDir()
  await mkdir(directory.join('oci-layout'))
  await expect(openLayout(directory.path)).rejects.toMatchObject({ code: 'LAYOUT_INVALID' })
})

test('a layout that may not be read is LAYOUT_UNREADABLE', async () => {
  await using directory = await tempDir()
  await openLayout(directory.path)
  await chmod(directory.join('index.json'), 0)
  const opened = openLayout(directory.path)
  // root may read everything
  if (process.getuid?.() === 0) await expect(opened).resolves.toBeDefined()
  else await expect(opened).rejects.toMatchObject({ code: 'LAYOUT_UNREADABLE' })
})

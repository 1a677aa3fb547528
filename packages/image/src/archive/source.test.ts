import { execFile } from 'node:child_process'
import { mkdir, readdir, writeFile } from 'node:fs/promises'
import { promisify } from 'node:util'
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { copy, MemoryStore } from '@tsreg/oci/content'
import { makeImage, pushGraph, type TempDir, tempDir } from '@tsreg/testkit'
import { openLayout } from '../layout/open.ts'
import { openSource, parseSource } from './source.ts'

describe('parseSource', () => {
  test.each([
    ['oci:dir', { transport: 'oci', path: 'dir', reference: undefined }],
    ['oci:/a/b:v1', { transport: 'oci', path: '/a/b', reference: 'v1' }],
    [
      'oci:dir:localhost:5000/centos:centos5',
      { transport: 'oci', path: 'dir', reference: 'localhost:5000/centos:centos5' },
    ],
    ['oci-archive:a.tar:', { transport: 'oci-archive', path: 'a.tar', reference: undefined }],
    ['docker-archive:a.tar:debian:13', { transport: 'docker-archive', path: 'a.tar', reference: 'debian:13' }],
    ['docker-archive:a.tar:@1', { transport: 'docker-archive', path: 'a.tar', reference: '@1' }],
    ['./dir', { transport: 'path', path: './dir', reference: undefined }],
    ['../x:y', { transport: 'path', path: '../x:y', reference: undefined }],
    ['/tmp/x.tar', { transport: 'path', path: '/tmp/x.tar', reference: undefined }],
    ['.', { transport: 'path', path: '.', reference: undefined }],
  ])('%s', (text, expected) => {
    expect(parseSource(text)).toEqual(expected)
  })

  test.each(['debian', 'image.tar', 'localhost:5000/centos:centos5', '0123456789ab', 'docker:x', ''])(
    '%j is a reference or an ID and no source',
    (text) => {
      expect(parseSource(text)).toBeUndefined()
    },
  )

  test.each(['oci:', 'oci-archive::v1'])('%s is refused', (text) => {
    expect(() => parseSource(text)).toThrow(expect.objectContaining({ code: 'SOURCE_INVALID' }))
  })
})

describe('openSource', () => {
  const image = makeImage({ seed: 1 })
  const other = makeImage({ seed: 2 })
  let directory: TempDir
  beforeEach(async () => {
    directory = await tempDir()
  })
  afterEach(async () => directory[Symbol.asyncDispose]())

  async function makeLayout(...references: readonly string[]): Promise<string> {
    const layout = await openLayout(directory.join('dir'))
    for (const [at, reference] of references.entries()) {
      const made = at === 0 ? image : other
      await pushGraph(layout, made)
      await layout.tag(made.manifest.descriptor, reference)
    }
    return layout.directory
  }

  async function expectImage(text: string, made = image): Promise<void> {
    await using source = await openSource(text)
    const copied = await copy(source.target, source.reference, new MemoryStore())
    expect(copied.digest).toBe(made.manifest.descriptor.digest)
  }

  test('the only image of a layout needs no reference', async () => {
    const path = await makeLayout('v1')
    await expectImage(`oci:${path}`)
    await expectImage(path)
  })

  test('of several images one must be named, and the error lists them', async () => {
    const path = await makeLayout('docker.io/library/debian:13', 'localhost:5000/centos:centos5')
    await expect(openSource(path)).rejects.toMatchObject({
      code: 'REFERENCE_NEEDED',
      detail: { references: ['docker.io/library/debian:13', 'localhost:5000/centos:centos5'] },
    })
    await expectImage(`oci:${path}:debian:13`)
    await expectImage(`oci:${path}:13`)
    await expectImage(`oci:${path}:${image.manifest.descriptor.digest}`)
    await expectImage(`oci:${path}:@1`, other)
    await expectImage(`oci:${path}:localhost:5000/centos:centos5`, other)
    await expect(openSource(`oci:${path}:v9`)).rejects.toMatchObject({ code: 'IMAGE_UNKNOWN' })
  })

  test('an empty layout holds no image', async () => {
    await expect(openSource(`oci:${await makeLayout()}`)).rejects.toMatchObject({ code: 'IMAGE_UNKNOWN' })
  })

  test('a path of an OCI archive is recognised by what is in it, and also read through a pipe', async () => {
    const path = await makeLayout('v1')
    const run = promisify(execFile)
    await run('tar', ['-C', path, '-cf', directory.join('a.tar'), '.'])
    await expectImage(directory.join('a.tar'))
    await expectImage(`oci-archive:${directory.join('a.tar')}:v1`)
    await run('mkfifo', [directory.join('pipe')])
    const writing = run('cp', [directory.join('a.tar'), directory.join('pipe')])
    await Promise.all([writing, expectImage(`oci-archive:${directory.join('pipe')}`)])
  })

  test('nothing is written beside what is read, and nothing stays in the temporary directory', async () => {
    const path = await makeLayout('v1')
    await mkdir(directory.join('tmp'))
    await promisify(execFile)('tar', ['-C', path, '-czf', directory.join('a.tgz'), '.'])
    const source = await openSource(directory.join('a.tgz'), { temporaryDirectory: directory.join('tmp') })
    expect(await readdir(directory.join('tmp'))).toEqual([])
    await source[Symbol.asyncDispose]()
    expect((await readdir(path)).sort()).toEqual(['blobs', 'index.json', 'ingest', 'oci-layout'])
  })

  test('a path that does not exist is the error of the system, and a directory of something else LAYOUT_INVALID', async () => {
    await expect(openSource('./does/not/exist')).rejects.toMatchObject({ code: 'ENOENT' })
    await writeFile(directory.join('file'), 'x')
    await expect(openSource(directory.path)).rejects.toMatchObject({ code: 'LAYOUT_INVALID' })
    await expect(openSource(`docker-archive:${directory.path}`)).rejects.toMatchObject({ code: 'SOURCE_INVALID' })
    await expect(openSource('debian')).rejects.toMatchObject({ code: 'SOURCE_INVALID' })
  })
})

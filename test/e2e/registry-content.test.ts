/**
 * The verbs on what a registry holds.
 * @module
 */
import { readFile, writeFile } from 'node:fs/promises'
import { beforeEach, describe, expect, test } from '@jest/globals'
import { digestOf, shortId } from '@tsreg/oci'
import { makeArtifact, makeImage, makeIndex } from '@tsreg/testkit'
import type { Cli } from './cli.ts'
import { startTestRegistry, type TestRegistry, writeLayout } from './registry.ts'
import { useSetup } from './setup.ts'

const amd64 = makeImage({ seed: 31, layers: 1 })
const arm64 = makeImage({ seed: 32, layers: 1, platform: { os: 'linux', architecture: 'arm64' } })
const index = makeIndex({ manifests: [amd64, arm64] })
const signature = makeArtifact({
  subject: amd64.manifest.descriptor,
  artifactType: 'application/vnd.example.signature',
})
const { digest } = amd64.manifest.descriptor

const setup = useSetup()
let cli: Cli
let registry: TestRegistry
beforeEach(async () => {
  ;({ cli, registry } = setup)
  await writeLayout(cli.directory.join('layout'), { v1: amd64, multi: index, signature })
  await cli.run('push', 'oci:layout:v1', 'team/app:v1')
  await cli.run('push', 'oci:layout:multi', 'team/app:multi')
})

describe('repos, tags, resolve', () => {
  test('list names, one per line', async () => {
    await cli.run('copy', 'team/app:v1', 'alpha:v1')
    expect((await cli.run('repos')).stdout).toBe('alpha\nteam/app\n')
    expect((await cli.run('repos', registry.host)).stdout).toBe('alpha\nteam/app\n')
    expect((await cli.run('tags', 'team/app')).stdout).toBe('multi\nv1\n')
    expect(await cli.json('tags', 'team/app')).toEqual({
      repository: `${registry.host}/team/app`,
      tags: ['multi', 'v1'],
    })
  })

  test('resolve finds tags, short IDs, short digests and platforms', async () => {
    const id = shortId(amd64.config.descriptor.digest)
    for (const text of ['team/app:v1', id, `team/app:${id}`, `${registry.host}/${id}`, shortId(digest)]) {
      expect(await cli.run('resolve', text)).toEqual({ code: 0, stdout: `${digest}\n`, stderr: '' })
    }
    const arm = await cli.run('resolve', '--full', '--platform', 'linux/arm64', 'team/app:multi')
    expect(arm.stdout).toBe(`${registry.host}/team/app@${arm64.manifest.descriptor.digest}\n`)
  })

  test('a tag wins over an ID that begins so', async () => {
    const id = shortId(amd64.config.descriptor.digest)
    await cli.run('copy', 'team/app:multi', `team/app:${id}`)
    expect((await cli.run('resolve', `team/app:${id}`)).stdout).toBe(`${index.manifest.descriptor.digest}\n`)
  })

  test('an ambiguous ID lists the candidates', async () => {
    // The same config below two manifests: one image ID, two digests.
    const twin = makeImage({ seed: 31, layers: 1, annotations: { twin: 'yes' } })
    await writeLayout(cli.directory.join('twin'), { v1: twin })
    await cli.run('push', 'oci:twin:v1', 'twin:v1')
    const { code, stderr } = await cli.run('resolve', shortId(amd64.config.descriptor.digest))
    expect(code).toBe(8)
    expect(stderr).toContain(`${registry.host}/team/app:v1`)
    expect(stderr).toContain(`${registry.host}/twin:v1`)
  })
})

describe('manifest', () => {
  test('get prints the bytes, head the descriptor', async () => {
    const { stdout } = await cli.run('manifest', 'get', 'team/app:v1')
    expect(digestOf(stdout)).toBe(digest)
    await cli.run('manifest', 'get', 'team/app:multi', '--platform', 'linux/arm64', '-o', 'arm.json')
    expect(digestOf(await readFile(cli.directory.join('arm.json')))).toBe(arm64.manifest.descriptor.digest)
    expect(await cli.json('manifest', 'head', 'team/app:v1')).toMatchObject({ descriptor: amd64.manifest.descriptor })
  })

  test('put gives a manifest another tag, from standard input', async () => {
    const { bytes } = amd64.manifest
    const put = await cli.runWith({ stdin: bytes }, 'manifest', 'put', 'team/app:v2', '-')
    expect(put).toEqual({ code: 0, stdout: `${registry.host}/team/app@${digest}\n`, stderr: '' })
    expect((await cli.run('resolve', 'team/app:v2')).stdout).toBe(`${digest}\n`)
  })

  test('put of a manifest whose content is missing names what is missing', async () => {
    const { code, stderr } = await cli.runWith({ stdin: amd64.manifest.bytes }, 'manifest', 'put', 'empty:v1', '-')
    expect(code).toBe(3)
    expect(stderr).toContain(amd64.config.descriptor.digest)
  })

  test('delete takes the manifest with its tags', async () => {
    await cli.run('copy', 'team/app:v1', 'team/app:v2')
    const { stdout } = await cli.run('manifest', 'delete', 'team/app:v1')
    expect(stdout).toBe(`Deleted: ${registry.host}/team/app@${digest}\n`)
    expect((await cli.run('tags', 'team/app')).stdout).toBe('multi\n')
  })
})

describe('blob', () => {
  test('put, head, get and delete', async () => {
    await writeFile(cli.directory.join('file'), 'some content')
    const expected = digestOf('some content')
    const name = `${registry.host}/files@${expected}`
    expect((await cli.run('blob', 'put', 'files', 'file')).stdout).toBe(`${name}\n`)
    expect((await cli.runWith({ stdin: 'some content' }, 'blob', 'put', 'files')).stdout).toBe(`${name}\n`)
    expect(await cli.json('blob', 'head', name)).toEqual({ digest: expected, size: 12 })
    expect((await cli.run('blob', 'get', name)).stdout).toBe('some content')
    await cli.run('blob', 'get', name, '-o', 'copy')
    expect(await readFile(cli.directory.join('copy'), 'utf8')).toBe('some content')
    expect((await cli.run('blob', 'delete', name)).stdout).toBe(`Deleted: ${name}\n`)
    expect(await cli.run('blob', 'head', name)).toMatchObject({ code: 3 })
  })

  test('put with the wrong digest pushes nothing', async () => {
    const wrong = `files@${digestOf('something else')}`
    const { code, stderr } = await cli.runWith({ stdin: 'some content' }, 'blob', 'put', wrong)
    expect(code).toBe(7)
    expect(stderr).toContain(digestOf('some content'))
    expect(await cli.run('blob', 'head', `files@${digestOf('some content')}`)).toMatchObject({ code: 3 })
  })

  test('delete of a blob that a manifest names is refused', async () => {
    const { code } = await cli.run('blob', 'delete', `team/app@${amd64.config.descriptor.digest}`)
    expect(code).toBe(8)
  })
})

describe('copy', () => {
  test('inside a registry mounts, to another one transfers', async () => {
    await using other = await startTestRegistry()
    expect(await cli.json('copy', 'team/app:multi', 'backup')).toMatchObject({
      destination: `${registry.host}/backup:multi`,
      digest: index.manifest.descriptor.digest,
      layers: [{ outcome: 'mounted' }, { outcome: 'mounted' }],
    })
    expect(await cli.json('copy', 'team/app:multi', `${other.host}/app:1`)).toMatchObject({
      layers: [{ outcome: 'transferred' }, { outcome: 'transferred' }],
    })
    expect((await cli.run('resolve', `${other.host}/app:1`)).stdout).toBe(`${index.manifest.descriptor.digest}\n`)
  })

  test('takes one platform, all tags, and referrers', async () => {
    await using other = await startTestRegistry()
    await cli.run('push', 'oci:layout:signature', `team/app@${signature.manifest.descriptor.digest}`)
    expect(await cli.json('copy', 'team/app:multi', `${other.host}/arm:1`, '--platform', 'linux/arm64')).toMatchObject({
      digest: arm64.manifest.descriptor.digest,
    })
    expect(await cli.json('copy', '--all-tags', 'team/app', `${other.host}/all`)).toMatchObject([
      { destination: `${other.host}/all:multi` },
      { destination: `${other.host}/all:v1` },
    ])
    await cli.run('copy', '--referrers', 'team/app:v1', `${other.host}/signed:1`)
    const response = await fetch(`${other.url}/v2/signed/referrers/${digest}`)
    expect(await response.json()).toMatchObject({ manifests: [{ digest: signature.manifest.descriptor.digest }] })
  })
})

test('delete takes the tag alone, and by digest the image', async () => {
  await cli.run('copy', 'team/app:v1', 'team/app:v2')
  expect((await cli.run('delete', 'team/app:v2')).stdout).toBe(`Untagged: ${registry.host}/team/app:v2\n`)
  expect((await cli.run('resolve', 'team/app:v1')).stdout).toBe(`${digest}\n`)
  expect((await cli.run('delete', `team/app@${digest}`)).stdout).toBe(`Deleted: ${registry.host}/team/app@${digest}\n`)
  expect((await cli.run('tags', 'team/app')).stdout).toBe('multi\n')
})

test('delete --repository takes all of it, and is told when there is nothing', async () => {
  await cli.run('copy', 'team/app:v1', 'gone/app:v1')
  expect((await cli.run('delete', '--repository', 'gone/app')).stdout).toBe(`Deleted: ${registry.host}/gone/app\n`)
  expect(await cli.json('repos')).toMatchObject({ repositories: expect.not.arrayContaining(['gone/app']) })
  expect(await cli.run('delete', '--repository', 'gone/app')).toMatchObject({
    code: 3,
    stderr: expect.stringContaining('repository gone/app does not exist'),
  })
  expect((await cli.run('delete', '--repository', 'team/app:v1')).code).toBe(2)
})

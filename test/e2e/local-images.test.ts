/**
 * The verbs on local images.
 * @module
 */
import { readFile, rm, writeFile } from 'node:fs/promises'
import { beforeEach, describe, expect, test } from '@jest/globals'
import { shortId } from '@tsreg/oci'
import { makeImage } from '@tsreg/testkit'
import type { Cli } from './cli.ts'
import { type TestRegistry, writeLayout } from './registry.ts'
import { useSetup } from './setup.ts'

const first = makeImage({ seed: 21, layers: 2, config: { Env: ['A=1'] } })
const second = makeImage({ seed: 22, layers: 1 })
const firstId = first.config.descriptor.digest
const secondId = second.config.descriptor.digest

const setup = useSetup()
let cli: Cli
let registry: TestRegistry
beforeEach(async () => {
  ;({ cli, registry } = setup)
  await writeLayout(cli.directory.join('layout'), { first, second })
  for (const name of ['first', 'second']) await cli.run('push', `oci:layout:${name}`, `${name}:v1`)
  await cli.run('pull', '-q', 'first:v1', 'second:v1')
})

describe('images', () => {
  test("prints docker's classic table", async () => {
    const { stdout, stderr, code } = await cli.run('images')
    expect({ stderr, code }).toEqual({ stderr: '', code: 0 })
    expect(stdout.split('\n')[0]).toBe('REPOSITORY   TAG       IMAGE ID       CREATED        SIZE')
    const rows = stdout.trimEnd().split('\n').slice(1)
    expect(rows).toHaveLength(2)
    expect(rows[0]).toMatch(new RegExp(`^first        v1        ${shortId(firstId)}   \\d\\d years ago   [\\d.]+kB$`))
    expect(rows[1]).toMatch(new RegExp(`^second       v1        ${shortId(secondId)}   \\d\\d years ago   [\\d.]+kB$`))
  })

  test('names the registry when it is not the default one', async () => {
    const { stdout } = await cli.runWith({ env: { TSREG_REGISTRY: 'elsewhere.example' } }, 'images', '-q', '--no-trunc')
    expect(stdout).toBe(`${firstId}\n${secondId}\n`)
    const { stdout: names } = await cli.runWith(
      { env: { TSREG_REGISTRY: 'elsewhere.example' } },
      'images',
      '--format',
      '{{.Repository}}:{{.Tag}}',
    )
    expect(names).toBe(`${registry.host}/first:v1\n${registry.host}/second:v1\n`)
  })

  test('shows digests', async () => {
    const { stdout } = await cli.run('images', '--digests', 'first')
    expect(stdout).toMatch(/^REPOSITORY {3}TAG {7}DIGEST {68}IMAGE ID {7}CREATED {8}SIZE\n/)
    expect(stdout).toContain(first.manifest.descriptor.digest)
    expect(stdout).not.toContain(second.manifest.descriptor.digest)
  })

  test.each([
    [['first'], ['first:v1']],
    [['f*:v?'], ['first:v1']],
    [['first:other'], []],
    [['--filter', 'reference=*second'], ['second:v1']],
    [['--filter', 'dangling=true'], []],
  ])('with %j lists %j', async (words, names) => {
    const { stdout } = await cli.run('images', '--format', '{{.Repository}}:{{.Tag}}', ...words)
    expect(stdout.split('\n').filter(Boolean)).toEqual(names)
  })

  test('of an empty store prints the header, as JSON an empty array', async () => {
    const env = { TSREG_HOME: cli.directory.join('empty') }
    expect(await cli.runWith({ env }, 'images')).toMatchObject({
      code: 0,
      stdout: 'REPOSITORY   TAG       IMAGE ID   CREATED   SIZE\n',
    })
    expect((await cli.runWith({ env }, 'images', '--json')).stdout).toBe('[]\n')
  })

  test('lists an image whose content is damaged, with a warning', async () => {
    const [algorithm, hex = ''] = firstId.split(':')
    await rm(cli.directory.join('home/images/blobs', algorithm ?? '', hex))
    const { code, stdout, stderr } = await cli.run('images')
    expect(code).toBe(0)
    expect(stdout).toContain('first        v1        <missing>')
    expect(stderr).toContain('first:v1 is incomplete')
  })
})

describe('tag, history, inspect, rmi', () => {
  test('a second name is another row of the same image', async () => {
    expect(await cli.run('tag', shortId(firstId), 'copy')).toEqual({ code: 0, stdout: '', stderr: '' })
    expect(await cli.json('images', 'copy')).toMatchObject([{ id: firstId, tag: 'latest' }])
  })

  test('history has a row per step, the newest first', async () => {
    const { stdout } = await cli.run('history', 'first:v1')
    const lines = stdout.split('\n')
    expect(lines[0]).toBe('IMAGE          CREATED   CREATED BY   SIZE      COMMENT')
    expect(lines[1]).toContain(`${shortId(firstId)}   N/A       layer 1`)
    expect(lines[2]).toContain('<missing>      N/A       layer 0')
    expect((await cli.run('history', '-q', '--no-trunc', 'first:v1')).stdout).toBe(`${firstId}\n<missing>\n`)
  })

  test('inspect tells every digest under its own name', async () => {
    expect(await cli.json('inspect', 'first:v1')).toMatchObject([
      {
        Id: firstId,
        RepoTags: ['first:v1'],
        RepoDigests: [`first@${first.manifest.descriptor.digest}`],
        Config: { Env: ['A=1'] },
        Os: 'linux',
        Architecture: 'amd64',
        RootFS: { Type: 'layers', Layers: first.diffIds },
        ManifestDigest: first.manifest.descriptor.digest,
        Layers: first.layers.map(({ descriptor }) => ({ Digest: descriptor.digest })),
      },
    ])
    expect((await cli.run('inspect', '--format', '{{json .Config.Env}}', 'first:v1')).stdout).toBe('["A=1"]\n')
  })

  test('inspect --remote says the same without pulling', async () => {
    const local = await cli.json('inspect', 'first:v1')
    const env = { TSREG_HOME: cli.directory.join('empty') }
    const remote = await cli.runWith({ env }, 'inspect', '--remote', 'first:v1')
    expect(JSON.parse(remote.stdout)).toEqual(local)
    expect((await cli.runWith({ env }, 'images', '-q')).stdout).toBe('')
  })

  test('inspect of several prints those that exist and names those that do not', async () => {
    const { code, stdout, stderr } = await cli.run('inspect', 'first:v1', 'nothing:v1', 'second:v1')
    expect(code).toBe(1)
    expect(JSON.parse(stdout).map(({ Id }: { Id: string }) => Id)).toEqual([firstId, secondId])
    expect(stderr).toContain('No such object: nothing:v1')
  })

  test('rmi takes the name first and with the last name the content', async () => {
    await cli.run('tag', 'first:v1', 'copy:v1')
    expect((await cli.run('rmi', 'copy:v1')).stdout).toBe('Untagged: copy:v1\n')
    const { stdout } = await cli.run('rmi', 'first:v1')
    expect(stdout.split('\n').slice(0, 3)).toEqual([
      'Untagged: first:v1',
      `Deleted: ${first.manifest.descriptor.digest}`,
      `Deleted: ${firstId}`,
    ])
    expect(await cli.json('images')).toMatchObject([{ id: secondId }])
  })

  test('rmi by ID of an image with two names wants --force', async () => {
    await cli.run('tag', 'first:v1', 'copy:v1')
    const refused = await cli.run('rmi', shortId(firstId))
    expect(refused.code).toBe(8)
    expect(refused.stderr).toContain('(must be forced)')
    expect(await cli.json('rmi', '-f', shortId(firstId))).toMatchObject({
      untagged: [`${registry.host}/first:v1`, `${registry.host}/copy:v1`],
    })
  })

  test('an ID that begins several images lists them', async () => {
    // Every ID begins with nothing at all; one digit is the shortest that can be typed, so this finds the digit.
    const digits = [firstId, secondId].map((id) => id.slice(7))
    const shared = digits[0]?.startsWith(digits[1]?.charAt(0) ?? '') === true
    const { code, stderr } = await cli.run('rmi', digits[0]?.charAt(0) ?? '')
    expect(code).toBe(shared ? 8 : 0)
    expect(stderr.includes('image IDs')).toBe(shared)
  })
})

test('what lies in the home that is no image store is left alone', async () => {
  const home = cli.directory.join('foreign')
  await writeLayout(`${home}/images`, {})
  await writeFile(`${home}/images/oci-layout`, '{"imageLayoutVersion":"9.0.0"}')
  const { code, stderr } = await cli.runWith({ env: { TSREG_HOME: home } }, 'images')
  expect(code).toBe(10)
  expect(stderr).toContain('9.0.0')
  expect(await readFile(`${home}/images/oci-layout`, 'utf8')).toContain('9.0.0')
})

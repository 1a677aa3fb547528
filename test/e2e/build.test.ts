/**
 * `tsreg build` without root: Dockerfiles that run nothing.
 * @module
 */
import { mkdir, readFile, utimes, writeFile } from 'node:fs/promises'
import { beforeEach, describe, expect, test } from '@jest/globals'
import { shortId } from '@tsreg/oci'
import type { Cli } from './cli.ts'
import { useSetup } from './setup.ts'

const dockerfile = 'FROM scratch\nARG V=1\nCOPY dir /dir/\nLABEL v=$V\nCMD ["/dir/run"]\n'
const changedAt = 1_700_000_000

const setup = useSetup()
let cli: Cli
beforeEach(async () => {
  ;({ cli } = setup)
  await makeContext('context')
})

async function makeContext(name: string): Promise<void> {
  await mkdir(cli.directory.join(name, 'dir'), { recursive: true })
  await writeFile(cli.directory.join(name, 'dir/run'), 'run\n', { mode: 0o755 })
  await writeFile(cli.directory.join(name, 'Dockerfile'), dockerfile)
  for (const file of ['dir/run', 'Dockerfile', 'dir']) {
    await utimes(cli.directory.join(name, file), changedAt, changedAt)
  }
}

async function build(...words: readonly string[]) {
  const { stdout, stderr, code } = await cli.run('build', ...words)
  return { lines: stdout.split('\n'), stdout, stderr, code }
}

describe('build', () => {
  test('prints a step per instruction, and names the image', async () => {
    const { stdout, stderr, code } = await build('-t', 'app:v1', 'context')
    expect({ stderr, code }).toEqual({ stderr: '', code: 0 })
    const masked = stdout.replaceAll(/\b[0-9a-f]{12}\b/g, '<id>')
    expect(masked).toBe(
      [
        'Step 1/5 : FROM scratch',
        ' ---> ',
        'Step 2/5 : ARG V=1',
        ' ---> Running in <id>',
        'Removing intermediate container <id>',
        ' ---> <id>',
        'Step 3/5 : COPY dir /dir/',
        ' ---> <id>',
        'Step 4/5 : LABEL v=$V',
        ' ---> Running in <id>',
        'Removing intermediate container <id>',
        ' ---> <id>',
        'Step 5/5 : CMD ["/dir/run"]',
        ' ---> Running in <id>',
        'Removing intermediate container <id>',
        ' ---> <id>',
        'Successfully built <id>',
        'Successfully tagged app:v1',
        '',
      ].join('\n'),
    )
    const images = await cli.run('images', '--format', '{{.Repository}}:{{.Tag}}')
    expect(images.stdout).toBe('app:v1\n')
  })

  test('a second one answers "Using cache" for each step; --explain says what differs', async () => {
    await build('context')
    expect((await build('context')).lines.filter((line) => line === ' ---> Using cache')).toHaveLength(4)
    const { stdout } = await build('--explain', '--build-arg', 'V=2', 'context')
    expect(stdout).toContain('LABEL: instruction "LABEL v=1" -> "LABEL v=2"')
    await writeFile(cli.directory.join('context/dir/run'), 'run\n', { mode: 0o755 })
    expect((await build('context')).lines.filter((line) => line === ' ---> Using cache')).toHaveLength(4)
    await writeFile(cli.directory.join('context/dir/new'), '')
    expect((await build('--explain', 'context')).stdout).toContain('COPY: dir/new added')
  })

  test('the same files make the same image elsewhere', async () => {
    await makeContext('elsewhere')
    const first = await build('-q', 'context')
    const env = { TSREG_HOME: cli.directory.join('other') }
    const second = await cli.runWith({ env }, 'build', '-q', 'elsewhere')
    expect(second.stdout).toBe(first.stdout)
    expect(first.stdout).toMatch(/^sha256:[0-9a-f]{64}\n$/)
  })

  test('--json tells every step, --iidfile gets the ID', async () => {
    const document = (await cli.json('build', '--json', '--iidfile', 'id', '-t', 'app', '-t', 'app:v2', 'context')) as {
      imageId: string
      references: string[]
      steps: { text: string; cached: boolean }[]
    }
    expect(await readFile(cli.directory.join('id'), 'utf8')).toBe(document.imageId)
    expect(document.references.map((name) => name.replace(/^.*\//, ''))).toEqual(['app:latest', 'app:v2'])
    expect(document.steps.map(({ text }) => text)).toEqual(dockerfile.trim().split('\n'))
  })

  test('a Dockerfile from standard input, and another stage of it', async () => {
    const stdin = 'FROM scratch AS one\nLABEL a=1\nFROM one\nLABEL b=2\n'
    const { stdout, code } = await cli.runWith({ stdin }, 'build', '--target', 'one', '-')
    expect({ code, last: stdout.split('\n').at(-2) }).toMatchObject({
      code: 0,
      last: expect.stringMatching(/^Successfully built [0-9a-f]{12}$/),
    })
    expect(stdout).not.toContain('LABEL b=2')
  })

  test('--push sends what was built', async () => {
    const { stdout, code } = await build('--push', '-t', 'team/app:v1', 'context')
    expect(code).toBe(0)
    expect(stdout).toContain('The push refers to repository')
    const id = /Successfully built ([0-9a-f]{12})/.exec(stdout)?.[1]
    expect(await cli.run('resolve', 'team/app:v1')).toMatchObject({ code: 0 })
    const pulled = { env: { TSREG_HOME: cli.directory.join('other') } }
    await cli.runWith(pulled, 'pull', '-q', 'team/app:v1')
    expect((await cli.runWith(pulled, 'images', '-q')).stdout).toBe(`${id}\n`)
  })

  test.each([
    [['--squash', '.'], 2, '--squash is a flag of docker build that tsreg does not have yet'],
    [['--secret', 'id=x', '.'], 2, '--secret is a flag of docker build that tsreg does not have yet'],
    [['--progress', 'fancy', '.'], 2, "argument 'fancy' is invalid"],
    [['--push', 'context'], 2, '--push needs the name of the image'],
    [['nowhere'], 3, 'the build context nowhere does not exist'],
    [['-f', 'nowhere', 'context'], 3, 'there is no Dockerfile nowhere'],
    [['https://example.com/repo.git'], 2, 'a build context behind a URL is not built yet'],
    [['--target', 'two', 'context'], 3, 'failed to reach build target two in Dockerfile'],
  ])('%j is an error with the code %d', async (words, code, message) => {
    const result = await build(...words)
    expect(result.code).toBe(code)
    expect(result.stderr).toContain(message)
  })

  test('an archive on standard input is an error that says so', async () => {
    const { code, stderr } = await cli.runWith({ stdin: Buffer.from([0x1f, 0x8b, 8, 0, 0, 0, 0, 0]) }, 'build', '-')
    expect({ code, stderr }).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('as an archive on standard input'),
    })
  })

  test('quiet, what was printed comes when it fails', async () => {
    await writeFile(cli.directory.join('context/Dockerfile'), 'FROM scratch\nLABEL a=b\nCOPY nope /nope\n')
    const { stdout, stderr, code } = await build('-q', 'context')
    expect({ stdout, code }).toEqual({ stdout: '', code: 3 })
    expect(stderr).toContain('Step 2/3 : LABEL a=b')
    expect(stderr).toContain('Error: Dockerfile:3: nope is not found in the build context')
  })

  test('the image says what docker writes', async () => {
    const { stdout } = await build('-q', 'context')
    const history = await cli.run(
      'history',
      '--no-trunc',
      '--format',
      '{{.CreatedBy}}',
      shortId(stdout.trim() as never),
    )
    expect(history.stdout.split('\n').filter(Boolean).reverse()).toEqual([
      '/bin/sh -c #(nop)  ARG V=1',
      expect.stringMatching(/^\/bin\/sh -c #\(nop\) COPY dir:[0-9a-f]{64} in \/dir\/ $/),
      '/bin/sh -c #(nop)  LABEL v=1',
      '/bin/sh -c #(nop)  CMD ["/dir/run"]',
    ])
  })
})

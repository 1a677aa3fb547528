/**
 * `gc` and `fsck` as processes, on a directory that nobody, a running registry, or a killed one owns.
 * @module
 */
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals'
import { makeImage } from '@tsreg/testkit'
import { bundleCli, type Cli, openCli } from './cli.ts'
import { writeLayout } from './registry.ts'

let bundle: ReturnType<typeof bundleCli>
beforeAll(() => {
  bundle = bundleCli()
})
afterAll(() => bundle.remove())

let cli: Cli
let server: ChildProcess | undefined
beforeEach(async () => {
  cli = await openCli(bundle.main)
  cli.env.TSREG_STORAGE = 'file:data'
  // Bytes go at once, and not after the seconds for which a replica might remember them.
  cli.env.TSREG_CACHE_SECONDS = '0'
  await writeLayout(cli.directory.join('layout'), {
    small: makeImage({ seed: 61, layers: 1 }),
    large: makeImage({ seed: 62, layers: 1, layerBytes: 300_000 }),
  })
})
afterEach(async () => {
  await stop('SIGKILL')
  await cli[Symbol.asyncDispose]()
})

/** Its address is the command's default registry from now on. */
async function serve(): Promise<void> {
  server = cli.start({}, 'serve', '--listen', '127.0.0.1:0')
  server.stderr?.resume()
  for await (const line of createInterface({ input: server.stdout ?? ([] as never) })) {
    const host = /"url":"http:\/\/([^"]+)"/.exec(line)?.[1]
    if (host === undefined) continue
    cli.env.TSREG_REGISTRY = host
    server.stdout?.resume()
    return
  }
  throw new Error('serve ended')
}

async function stop(signal: NodeJS.Signals): Promise<void> {
  const child = server
  server = undefined
  if (child === undefined || child.exitCode !== null || child.signalCode !== null) return
  child.kill(signal)
  await once(child, 'exit')
}

const push = (image: string, name: string) => cli.run('push', '-q', `oci:layout:${image}`, name)

/** The files of large blobs. */
async function dataFiles(): Promise<string[]> {
  const entries = await readdir(cli.directory.join('data/d'), { recursive: true, withFileTypes: true })
  return entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name))
}

test('gc frees the bytes of what was deleted, with a registry running and without', async () => {
  await serve()
  await push('large', 'app:v1')
  await push('small', 'app:v2')
  const [tag = ''] = (await cli.run('resolve', 'app:v1')).stdout.split('\n')
  await cli.run('delete', `app@${tag}`)
  const planned = await cli.run('gc', '--grace', '0', '--dry-run')
  expect([planned.code, planned.stdout]).toEqual([0, expect.stringMatching(/would delete blob sha256:.*unreferenced/)])
  expect(planned.stderr).toContain(`The registry that owns ${cli.directory.join('data')} does the work`)
  expect(await dataFiles()).toHaveLength(1)
  const done = await cli.json('gc', '--grace', '0', '--untagged-older-than', '0')
  expect(done).toMatchObject({ outcome: 'done', dryRun: false, blobs: { removed: 2 }, bytes: { pending: 0 } })
  expect(await dataFiles()).toEqual([])
  await cli.run('delete', '--repository', 'app')
  await stop('SIGTERM')
  const alone = await cli.run('gc', '--grace', '0')
  expect(alone.stdout).toMatch(/Deleted 2 blobs, 0 links, 0 manifests and 0 tags/)
  expect(alone.stderr).not.toContain('does the work')
}, 60_000)

test('gc --explain says what keeps a blob, and what nothing keeps', async () => {
  await serve()
  await push('small', 'team/app:v1')
  const [digest = ''] = (await cli.run('resolve', 'team/app:v1')).stdout.split('\n')
  const manifest = JSON.parse((await cli.run('manifest', 'get', 'team/app:v1')).stdout)
  const layer = manifest.layers[0].digest
  expect((await cli.run('gc', '--explain', layer)).stdout).toContain(`  manifest team/app@${digest} (v1)\n`)
  expect((await cli.run('gc', '--explain', digest)).stdout).toContain('  tag team/app:v1\n')
  expect(await cli.run('gc', '--explain', `sha256:${'0'.repeat(64)}`)).toMatchObject({ code: 3 })
  expect(await cli.run('gc', '--explain', 'v1')).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('not a digest'),
  })
  await cli.run('delete', '--repository', 'team/app')
  expect((await cli.run('gc', '--explain', layer, '--grace', '0')).stdout).toMatch(/goes with the next run/)
}, 60_000)

test('a policy deletes tags, and a dry run says why for each', async () => {
  await serve()
  for (const tag of ['v1', 'pr-1', 'pr-2', 'pr-3']) await push('small', `app:${tag}`)
  const rules = [
    { tags: ['v*'], keep: true },
    { tags: ['pr-*'], keepLast: 1 },
  ]
  await writeFile(cli.directory.join('policy.yaml'), JSON.stringify({ rules }))
  const { stdout } = await cli.run('gc', '--policy', 'policy.yaml', '--dry-run')
  expect(
    stdout
      .replace(/, pushed [^)]+/g, '')
      .split('\n')
      .filter((line) => line.startsWith('policy'))
      .toSorted(),
  ).toEqual([
    'policy: keep app:pr-3 (rule 2: it is among the newest)',
    'policy: keep app:v1 (rule 1: the rule keeps all)',
    'policy: would delete app:pr-1 (rule 2: newer ones fill the number)',
    'policy: would delete app:pr-2 (rule 2: newer ones fill the number)',
  ])
  expect((await cli.run('tags', 'app')).stdout).toBe('pr-1\npr-2\npr-3\nv1\n')
  expect((await cli.run('gc', '--policy', 'policy.yaml')).stdout).toContain('Policy: 2 tags kept, 2 given up\n')
  expect((await cli.run('tags', 'app')).stdout).toBe('pr-3\nv1\n')
  await writeFile(cli.directory.join('policy.yaml'), 'rules:\n  - keeplast: 1\n')
  expect(await cli.run('gc', '--policy', 'policy.yaml')).toMatchObject({
    code: 2,
    stderr: expect.stringMatching(/rules\[0\]: unknown key "keeplast"; did you mean keepLast\?/),
  })
}, 60_000)

describe('fsck', () => {
  test('ends with 7 for bytes that have changed, gives the blob up, and is content once it was pushed again', async () => {
    await serve()
    await push('large', 'app:v1')
    expect(await cli.run('fsck')).toMatchObject({ code: 0, stdout: expect.stringContaining('No damage.') })
    await stop('SIGTERM')
    const [file = ''] = await dataFiles()
    const bytes = await readFile(file)
    bytes[1000] = (bytes[1000] ?? 0) ^ 1
    await writeFile(file, bytes)
    expect(await cli.run('fsck')).toMatchObject({ code: 0 })
    await serve()
    const told = await cli.run('fsck', '--deep')
    expect([told.code, told.stdout]).toEqual([7, expect.stringMatching(/^damage: blob-corrupt: blob sha256:/)])
    const repaired = await cli.run('fsck', '--deep', '--repair', '--json')
    expect(repaired.code).toBe(0)
    expect(JSON.parse(repaired.stdout)).toMatchObject({
      damage: 0,
      problems: { 'blob-corrupt': { found: 1, repaired: 1 } },
      findings: [{ problem: 'blob-corrupt', repaired: true }],
    })
    expect((await cli.run('pull', '-q', 'app:v1')).code).not.toBe(0)
    expect((await push('large', 'app:v1')).code).toBe(0)
    expect((await cli.run('fsck', '--deep')).code).toBe(0)
    expect((await cli.run('pull', '-q', 'app:v1')).code).toBe(0)
  }, 60_000)

  test('and gc work where a registry was killed, and the next registry takes work again', async () => {
    await serve()
    await push('large', 'app:v1')
    await stop('SIGKILL')
    expect(await readdir(cli.directory.join('data'))).toContain('control.sock')
    expect(await cli.run('fsck', '--deep')).toMatchObject({ code: 0 })
    await serve()
    const { code, stderr } = await cli.run('fsck', '--deep')
    expect([code, stderr.includes('does the work')]).toEqual([0, true])
  }, 60_000)

  test('and gc may be killed at any moment: nothing that is needed goes, and the next run ends the work', async () => {
    await serve()
    await push('large', 'keep/app:v1')
    await push('large', 'drop/app:v1')
    await push('small', 'drop/app:v2')
    await cli.run('delete', '--repository', 'drop/app')
    await stop('SIGTERM')
    for (const after of [1, 3, 4, 7]) {
      const words =
        after % 2 === 0 ? ['fsck', '--deep', '--repair'] : ['gc', '--grace', '0', '--untagged-older-than', '0']
      const run = cli.start({}, ...words)
      const ended = once(run, 'close')
      run.stdout?.resume()
      // A line per phase comes on standard error: the kill comes after so many of them, or after the end.
      let lines = 0
      run.stderr?.on('data', (chunk: Buffer) => {
        lines += chunk.toString().split('\n').length - 1
        if (lines >= after) run.kill('SIGKILL')
      })
      await ended
    }
    expect(await cli.run('gc', '--grace', '0', '--untagged-older-than', '0')).toMatchObject({ code: 0 })
    expect(await cli.run('fsck', '--deep')).toMatchObject({ code: 0, stdout: expect.stringContaining('No damage.') })
    await serve()
    expect(await cli.run('pull', '-q', 'keep/app:v1')).toMatchObject({ code: 0 })
    expect((await cli.run('repos')).stdout).toBe('keep/app\n')
    expect(await dataFiles()).toHaveLength(1)
  }, 60_000)

  test('of what is no storage says so and makes nothing', async () => {
    expect(await cli.run('fsck', '--storage', 'file:nowhere')).toMatchObject({
      code: 2,
      stderr: expect.stringContaining(`there is no store at file:${cli.directory.join('nowhere')}`),
    })
    expect(await readdir(cli.directory.path)).not.toContain('nowhere')
    expect(await cli.run('gc', '--storage', 'memory:')).toMatchObject({ code: 2 })
    expect(await cli.run('gc', '--grace', 'soon')).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('--grace: "soon" is not a length of time'),
    })
  }, 60_000)
})

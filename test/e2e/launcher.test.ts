/**
 * `./tsreg`, the launcher, in a copy of the layout of a checkout.
 * @module
 */
import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmod, copyFile, cp, mkdir, readdir, readFile, symlink, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { promisify } from 'node:util'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals'
import { type TempDir, tempDir } from '@tsreg/testkit'
import { bundleCli, type Finished } from './cli.ts'

const root = join(import.meta.dirname, '../..')

let bundle: ReturnType<typeof bundleCli>
beforeAll(() => {
  bundle = bundleCli()
})
afterAll(() => bundle.remove())

let checkout: TempDir
beforeEach(async () => {
  checkout = await tempDir('tsreg with space ')
  await copyFile(join(root, 'tsreg'), checkout.join('tsreg'))
  await chmod(checkout.join('tsreg'), 0o755)
})
afterEach(async () => {
  await checkout[Symbol.asyncDispose]()
})

function launch(file: string, words: readonly string[], cwd = checkout.path): Promise<Finished> {
  return new Promise((resolve) => {
    const env = { PATH: process.env.PATH ?? '', HOME: checkout.path }
    execFile(file, words, { cwd, env }, (error, stdout, stderr) => {
      resolve({ code: error === null ? 0 : Number(error.code), stdout, stderr })
    })
  })
}

async function build(): Promise<void> {
  await mkdir(checkout.join('node_modules/.bin'), { recursive: true })
  await symlink(process.execPath, checkout.join('node_modules/.bin/node'))
  await cp(dirname(bundle.main), checkout.join('packages/cli/dist/bundle'), { recursive: true })
}

describe('the launcher', () => {
  test('without a build says what to type', async () => {
    expect(await launch(checkout.join('tsreg'), ['version'])).toEqual({
      code: 1,
      stdout: '',
      stderr: `tsreg: not built yet: run "npm start" or "npm run build" in ${checkout.path} first\n`,
    })
  })

  test('works from any directory, through links, and passes words and exit codes on', async () => {
    await build()
    await symlink('tsreg', checkout.join('first'))
    await symlink(checkout.join('first'), checkout.join('second'))
    for (const file of [checkout.join('tsreg'), checkout.join('second')]) {
      expect(await launch(file, ['version'], '/')).toMatchObject({ code: 0, stderr: '' })
    }
    expect(await launch('./tsreg', ['version'])).toMatchObject({ code: 0 })
    expect(await launch(checkout.join('tsreg'), ['pull', 'two words'], '/')).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('two words'),
    })
  })

  test('no word behind it is one for Node, which would obey the file of an --env-file', async () => {
    await build()
    await writeFile(checkout.join('variables'), `NODE_OPTIONS=--import=${checkout.join('missing.mjs')}\n`)
    const words = ['run', '--pull', 'never', '--env-file', checkout.join('variables'), 'nothing:v1']
    expect(await launch(checkout.join('tsreg'), words)).toMatchObject({
      code: 125,
      stderr: expect.stringContaining('No such image'),
    })
    expect(await launch(checkout.join('tsreg'), ['run', '--env-file', '/nowhere/variables', 'x'])).toMatchObject({
      code: 125,
      stderr: expect.stringContaining('/nowhere/variables'),
    })
  })

  describe('with a prepared start of "run"', () => {
    const directory = () => checkout.join('packages/cli/dist/bundle')
    const prepare = () =>
      promisify(execFile)(process.execPath, [join(root, 'packages/cli/prepare.mjs'), directory()], { timeout: 120_000 })
    const unknown = ['run', '--pull', 'never', 'nothing:v1']
    const trial = async () => {
      const [name = ''] = await readdir(checkout.join('.cache/prepared'))
      return readFile(checkout.join('.cache/prepared', name), 'utf8')
    }

    test("tries it once and starts from it; what it does not hold is the whole command's", async () => {
      await build()
      await prepare()
      await writeFile(join(directory(), 'main.js'), 'console.log("the whole command", process.argv.slice(2).join(" "))')
      expect(await launch(checkout.join('tsreg'), unknown)).toMatchObject({
        code: 125,
        stdout: '',
        stderr: expect.stringContaining('No such image: docker.io/library/nothing:v1'),
      })
      expect(await trial()).toBe('it works\n')
      expect(
        await launch(checkout.join('tsreg'), ['run', '--rm', '--env-file', '/nowhere', 'nothing:v1']),
      ).toMatchObject({
        code: 125,
        stderr: expect.stringContaining('/nowhere'),
      })
      expect(await launch(checkout.join('tsreg'), ['run', '--rm', 'nothing:v1', 'two words', '--', '-x'])).toEqual({
        code: 0,
        stdout: 'the whole command run --rm nothing:v1 two words -- -x\n',
        stderr: '',
      })
      expect(await launch(checkout.join('tsreg'), ['ps'])).toMatchObject({ stdout: 'the whole command ps\n' })
    }, 120_000)

    test('its clock goes on, however late it is first looked at', async () => {
      await build()
      await prepare()
      const locks = checkout.join('.local/share/tsreg/snapshots/locks')
      await mkdir(locks, { recursive: true })
      const holder = spawn('flock', [join(locks, 'state'), 'sh', '-c', 'echo held; read -r word'])
      await once(holder.stdout, 'data')
      const variables = checkout.join('variables')
      await promisify(execFile)('mkfifo', [variables])
      const words = ['run', '--pull', 'never', '--env-file', variables, 'nothing:v1']
      const launched = launch(checkout.join('tsreg'), words)
      // It reads there before it sets a timer, and gets nothing until after the last one of the rehearsal.
      await delay(4000)
      await writeFile(variables, 'A=b\n')
      // It looks again and again whether the lock is free.
      await delay(500)
      holder.stdin.end()
      expect(await launched).toMatchObject({ code: 125, stderr: expect.stringContaining('No such image') })
    }, 120_000)

    test('does without one that this Node does not take, until there is a newer one', async () => {
      await build()
      await writeFile(join(directory(), 'prepared.blob'), 'of another Node')
      const expected = {
        code: 125,
        stdout: '',
        stderr: expect.stringContaining('No such image: docker.io/library/nothing:v1'),
      }
      for (const _ of [1, 2]) {
        expect(await launch(checkout.join('tsreg'), unknown)).toMatchObject(expected)
        expect(await trial()).toBe('')
      }
      await prepare()
      expect(await launch(checkout.join('tsreg'), unknown)).toMatchObject(expected)
      expect(await trial()).toBe('it works\n')
    }, 120_000)
  })

  test('keeps compiled code below the checkout', async () => {
    await build()
    await launch(checkout.join('tsreg'), ['version'])
    expect(await readdir(checkout.join('.cache'))).toEqual(['compile'])
  })
})

test('what every verb loads is small; the rest is loaded by the verbs that need it', async () => {
  const directory = dirname(bundle.main)
  const loaded = new Map<string, number>()
  const load = async (file: string): Promise<void> => {
    if (loaded.has(file)) return
    const source = await readFile(join(directory, file), 'utf8')
    loaded.set(file, source.length)
    // `import("./x.js")` is what is not loaded at once.
    for (const [, chunk = ''] of source.matchAll(/(?:from|import) ?"\.\/([^"]+)"/g)) await load(chunk)
  }
  await load('main.js')
  expect(loaded.size).toBeGreaterThan(1)
  expect([...loaded.values()].reduce((sum, size) => sum + size, 0)).toBeLessThan(250_000)
})

/**
 * Private registries: login, logout, and what happens without.
 * @module
 */
import { readFile, writeFile } from 'node:fs/promises'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals'
import type { RegistrySettings } from '@tsreg/registry'
import { makeImage, type TempDir, tempDir } from '@tsreg/testkit'
import { certificateOne } from '../../packages/registry/src/testing/certificates.ts'
import { bundleCli, type Cli, openCli } from './cli.ts'
import { startTestRegistry, type TestRegistry, writeLayout, writeUsers } from './registry.ts'

const image = makeImage({ seed: 41, layers: 1 })

let bundle: ReturnType<typeof bundleCli>
let users: TempDir
beforeAll(async () => {
  bundle = bundleCli()
  users = await tempDir()
  await writeUsers(users.join('users'))
})
afterAll(async () => {
  bundle.remove()
  await users[Symbol.asyncDispose]()
})

let registry: TestRegistry
let cli: Cli
async function start(settings: RegistrySettings = {}): Promise<void> {
  registry = await startTestRegistry({ htpasswd: users.join('users'), ...settings })
  cli = await openCli(bundle.main)
  cli.env.TSREG_REGISTRY = registry.host
  await writeLayout(cli.directory.join('layout'), { v1: image })
}
afterEach(async () => {
  await cli[Symbol.asyncDispose]()
  await registry[Symbol.asyncDispose]()
})

const logIn = (password: string) =>
  cli.runWith({ stdin: `${password}\n` }, 'login', registry.host, '-u', 'alice', '--password-stdin')

describe('a registry with users', () => {
  beforeEach(() => start())

  test('wants a login for everything, and says how', async () => {
    for (const words of [['push', 'oci:layout:v1', 'app:v1'], ['pull', 'app:v1'], ['tags', 'app'], ['repos']]) {
      const { code, stderr } = await cli.run(...words)
      expect({ words, code }).toEqual({ words, code: 4 })
      expect(stderr).toContain('tsreg login')
    }
  })

  test('lets who logged in push and pull, until the logout', async () => {
    expect(await logIn('wonderland')).toMatchObject({ code: 0, stdout: 'Login Succeeded\n' })
    expect(await cli.run('push', 'oci:layout:v1', 'app:v1')).toMatchObject({ code: 0, stderr: '' })
    expect(await cli.run('pull', '-q', 'app:v1')).toMatchObject({ code: 0 })
    expect((await cli.run('logout', registry.host)).stdout).toBe(`Removing login credentials for ${registry.host}\n`)
    expect(await cli.run('pull', 'app:v1')).toMatchObject({ code: 4 })
    expect((await cli.run('logout', registry.host)).stdout).toBe(`Not logged in to ${registry.host}\n`)
  })

  test('refuses a wrong password, and nothing is kept', async () => {
    const { code, stderr } = await logIn('looking-glass')
    expect(code).toBe(4)
    expect(stderr).toContain('refused the user name "alice"')
    expect(stderr).not.toContain('looking-glass')
    await expect(readFile(cli.directory.join('docker/config.json'))).rejects.toMatchObject({ code: 'ENOENT' })
  })

  test('--password works and warns', async () => {
    const { code, stderr } = await cli.run('login', '-u', 'alice', '-p', 'wonderland')
    expect(code).toBe(0)
    expect(stderr).toContain('--password-stdin')
  })

  test('without a terminal a missing password is an error that says what to give', async () => {
    const { code, stderr } = await cli.run('login', '-u', 'alice')
    expect(code).toBe(2)
    expect(stderr).toContain('--password-stdin')
  })
})

test('with anonymous pull only a push wants a login', async () => {
  await start({ anonymousPull: true })
  await logIn('wonderland')
  await cli.run('push', 'oci:layout:v1', 'app:v1')
  await cli.run('logout')
  expect(await cli.run('pull', '-q', 'app:v1')).toMatchObject({ code: 0 })
  expect(await cli.run('push', 'oci:layout:v1', 'app:v2')).toMatchObject({ code: 4 })
})

test('a certificate that nobody knows is refused, and accepted with --insecure', async () => {
  await writeFile(users.join('cert.pem'), certificateOne.certificate)
  await writeFile(users.join('key.pem'), certificateOne.key)
  await start({ tlsCert: users.join('cert.pem'), tlsKey: users.join('key.pem') })
  const refused = await logIn('wonderland')
  expect(refused.code).toBe(6)
  expect(refused.stderr).toContain('certificate')
  const words = ['login', registry.host, '-u', 'alice', '--password-stdin', '--insecure']
  expect(await cli.runWith({ stdin: 'wonderland' }, ...words)).toMatchObject({ code: 0 })
  expect(await cli.run('push', '--insecure', 'oci:layout:v1', 'app:v1')).toMatchObject({ code: 0 })
})

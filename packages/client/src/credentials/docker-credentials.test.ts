import { writeFile } from 'node:fs/promises'
import { describe, expect, test } from '@jest/globals'
import { tempDir } from '@tsreg/testkit'
import { fakeHelper } from '../testing/fake-helper.ts'
import { firstCredentials, staticCredentials } from './credential.ts'
import { dockerCredentials } from './docker-credentials.ts'

const auth = (user: string) => ({ auth: Buffer.from(`${user}:s`).toString('base64') })
const answering = (user: string) => `printf '{"ServerURL":"x","Username":"${user}","Secret":"s"}'`
const broken = 'echo "the vault is locked"; exit 1'

interface Case {
  readonly config?: unknown
  readonly helpers?: Readonly<Record<string, string>>
  readonly environment?: NodeJS.ProcessEnv
}

async function find(host: string, { config, helpers = {}, environment = {} }: Case) {
  await using directory = await tempDir()
  if (config !== undefined) await writeFile(directory.join('config.json'), JSON.stringify(config))
  let path: NodeJS.ProcessEnv = { PATH: process.env.PATH }
  for (const [suffix, script] of Object.entries(helpers)) path = await fakeHelper(directory.path, suffix, script)
  const source = dockerCredentials({ environment: { ...path, DOCKER_CONFIG: directory.path, ...environment } })
  const credential = await source(host)
  return credential?.kind === 'password' ? credential.username : credential?.kind
}

describe('docker credentials', () => {
  const cases: readonly [string, string, Case, string | undefined][] = [
    ['no file', 'h', {}, undefined],
    ['an entry of the host', 'h', { config: { auths: { h: auth('jo') } } }, 'jo'],
    ['an entry of another host', 'h', { config: { auths: { 'h.example': auth('jo') } } }, undefined],
    [
      'the historic key of docker.io',
      'docker.io',
      { config: { auths: { 'https://index.docker.io/v1/': auth('jo') } } },
      'jo',
    ],
    ['credsStore', 'h', { config: { credsStore: 'a' }, helpers: { a: answering('a') } }, 'a'],
    [
      'credHelpers before credsStore',
      'h',
      { config: { credsStore: 'a', credHelpers: { h: 'b' } }, helpers: { a: answering('a'), b: answering('b') } },
      'b',
    ],
    [
      'credHelpers of another host',
      'h',
      { config: { credsStore: 'a', credHelpers: { x: 'b' } }, helpers: { a: answering('a'), b: answering('b') } },
      'a',
    ],
    [
      'a helper that fails before an entry',
      'h',
      { config: { credsStore: 'a', auths: { h: auth('jo') } }, helpers: { a: broken } },
      'jo',
    ],
    [
      'a helper that is not installed before an entry',
      'h',
      { config: { credsStore: 'absent', auths: { h: auth('jo') } } },
      'jo',
    ],
    [
      'a helper that fails before another',
      'h',
      { config: { credHelpers: { h: 'b' }, credsStore: 'a' }, helpers: { a: answering('a'), b: broken } },
      'a',
    ],
    [
      'a helper that knows nothing',
      'h',
      { config: { credsStore: 'a' }, helpers: { a: 'echo credentials not found; exit 1' } },
      undefined,
    ],
    [
      'DOCKER_AUTH_CONFIG before the file',
      'h',
      {
        config: { auths: { h: auth('jo') } },
        environment: { DOCKER_AUTH_CONFIG: JSON.stringify({ auths: { h: auth('env') } }) },
      },
      'env',
    ],
    ['fields of other types', 'h', { config: { auths: [], credHelpers: 'x', credsStore: 5 } }, undefined],
  ]
  test.each(cases)('%s', async (_what, host, given, expected) => {
    expect(await find(host, given)).toBe(expected)
  })

  test('a failure is told when nothing else is found', async () => {
    await expect(find('h', { config: { credsStore: 'a' }, helpers: { a: broken } })).rejects.toMatchObject({
      code: 'CREDENTIALS',
      message: expect.stringMatching(/docker-credential-a get: the vault is locked/),
    })
  })

  test('the first source that knows a credential is taken', async () => {
    const jo = { kind: 'password', username: 'jo', password: 's' } as const
    expect(await firstCredentials(staticCredentials(undefined), staticCredentials(jo))('h')).toBe(jo)
  })
})

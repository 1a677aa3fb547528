import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { loadClientConfig } from './config.ts'

let home: string
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'tsreg-config-'))
})
afterEach(() => rm(home, { recursive: true }))

describe('loadClientConfig', () => {
  test('without settings the registry is docker.io', async () => {
    expect(await loadClientConfig({ env: { TSREG_HOME: home } })).toEqual({
      home,
      registry: 'docker.io',
      plainHttp: [],
      insecure: [],
    })
  })

  test.each([
    [{ XDG_DATA_HOME: '/x/data', HOME: '/x' }, '/x/data/tsreg'],
    [{ HOME: '/x' }, '/x/.local/share/tsreg'],
  ])('with %j its home is %s', async (env, expected) => {
    expect((await loadClientConfig({ env })).home).toBe(expected)
  })

  test('the environment wins over the file', async () => {
    await writeFile(join(home, 'config.json'), '{"registry":"file.example","plainHttp":["lan:5000"]}')
    const fromFile = await loadClientConfig({ env: { TSREG_HOME: home } })
    expect(fromFile.registry).toBe('file.example')
    expect(fromFile.plainHttp).toEqual(['lan:5000'])
    const fromEnv = await loadClientConfig({ env: { TSREG_HOME: home, TSREG_REGISTRY: 'localhost:5000' } })
    expect(fromEnv.registry).toBe('localhost:5000')
  })

  test.each([
    ['{"registri":"a"}', 'unknown setting "registri"; did you mean "registry"?'],
    ['{"registry":"http://a"}', 'registry: not a registry host'],
    ['{', 'is not JSON'],
  ])('a file with %s is refused: %s', async (text, message) => {
    await writeFile(join(home, 'config.json'), text)
    await expect(loadClientConfig({ env: { TSREG_HOME: home } })).rejects.toMatchObject({
      code: 'CONFIG_INVALID',
      message: expect.stringContaining(message),
    })
  })

  test('a TSREG_REGISTRY with a scheme is refused, and what to write is said', async () => {
    await expect(
      loadClientConfig({ env: { TSREG_HOME: home, TSREG_REGISTRY: 'http://localhost:5000/' } }),
    ).rejects.toMatchObject({ advice: expect.stringContaining('TSREG_REGISTRY=localhost:5000') })
  })
})

import { describe, expect, test } from '@jest/globals'
import { loadConfig } from './load-config.ts'
import { environmentName, flagName, settingNames } from './settings.ts'
import { StartError } from './start-error.ts'

function failure(work: () => unknown): StartError {
  try {
    work()
  } catch (error) {
    if (error instanceof StartError) return error
    throw error
  }
  throw new Error('nothing was thrown')
}

describe('configuration', () => {
  test('without anything given every setting has its default', () => {
    expect(loadConfig()).toMatchObject({
      listen: '127.0.0.1:5000',
      storage: 'file:./data',
      anonymousPull: false,
      maxManifestBytes: 4_194_304,
      keepAliveSeconds: 620,
      minRateBytesPerSecond: 100,
    })
  })

  test('flags win over the environment, the environment over the file', () => {
    const config = loadConfig({
      file: { name: 'tsreg.yaml', content: { listen: ':1', storage: 'file:a', maxPageSize: 7 } },
      env: { TSREG_LISTEN: ':2', TSREG_STORAGE: 'file:b', PATH: '/bin' },
      flags: { listen: ':3', realm: undefined },
    })
    expect(config).toMatchObject({ listen: ':3', storage: 'file:b', maxPageSize: 7, realm: 'tsreg' })
  })

  test('text of the environment and of flags becomes what the setting is', () => {
    const config = loadConfig({
      env: { TSREG_ACCESS_LOG: 'no', TSREG_METRICS: '1', TSREG_KEEP_ALIVE_SECONDS: '400' },
      flags: { allowReferencedBlobDelete: true, rateGraceSeconds: '2.5', gcUntaggedAfterSeconds: '60', htpasswd: '1' },
    })
    expect(config).toMatchObject({
      gcUntaggedAfterSeconds: 60,
      htpasswd: '1',
      accessLog: false,
      metrics: true,
      keepAliveSeconds: 400,
      allowReferencedBlobDelete: true,
      rateGraceSeconds: 2.5,
    })
  })

  test.each([
    [{ env: { TSREG_HTPASWD: 'x' } }, 'unknown setting TSREG_HTPASWD in the environment; did you mean TSREG_HTPASSWD?'],
    [{ file: { name: 'c.yaml', content: { lisen: 'x' } } }, 'unknown setting "lisen" in c.yaml; did you mean listen?'],
    [{ flags: { tlsKy: 'x' } }, 'unknown flag --tls-ky; did you mean --tls-key?'],
  ])('an unknown setting is an error with a suggestion: %j', (sources, message) => {
    const error = failure(() => loadConfig(sources))
    expect([error.code, error.message]).toEqual(['CONFIG_INVALID', message])
  })

  test('a setting like no other lists those there are', () => {
    expect(failure(() => loadConfig({ env: { TSREG_COMPLETELY_ELSE_WHERE: '1' } })).message).toContain('TSREG_LISTEN')
  })

  test('variables of the client are none of the registry, others can be named', () => {
    const env = { TSREG_REGISTRY: 'localhost:5000', TSREG_HOME: '/x', TSREG_CONFIG: '/y' }
    expect(loadConfig({ env }).listen).toBe('127.0.0.1:5000')
    expect(loadConfig({ env: { TSREG_TRACE: '1' }, foreignEnv: ['TSREG_TRACE'] }).listen).toBe('127.0.0.1:5000')
  })

  test.each([
    [{ env: { TSREG_MAX_PAGE_SIZE: 'many' } }, /^TSREG_MAX_PAGE_SIZE: .*number/],
    [{ file: { name: 'c.yaml', content: { accessLog: 'perhaps' } } }, /^"accessLog" in c\.yaml: .*boolean/],
    [{ flags: { maxManifestBytes: '99999999' } }, /^--max-manifest-bytes: .*4194304/],
    [{ file: { name: 'c.yaml', content: ['listen'] } }, /c\.yaml must hold a mapping/],
    [{ flags: { tlsCert: 'cert.pem' } }, /--tls-cert is set without tlsKey/],
    [{ env: { TSREG_ANONYMOUS_PULL: 'true' } }, /TSREG_ANONYMOUS_PULL is set without htpasswd/],
    [{ flags: { realm: 'a"b' } }, /^--realm: printable ASCII/],
  ])('a wrong value names where it was given: %j', (sources, message) => {
    expect(failure(() => loadConfig(sources)).message).toMatch(message)
  })

  test('an empty file changes nothing', () => {
    expect(loadConfig({ file: { name: 'c.yaml', content: null } })).toEqual(loadConfig())
  })

  test('names of settings in the environment and as flags are regular and distinct', () => {
    expect([environmentName('maxPageSize'), flagName('maxPageSize')]).toEqual([
      'TSREG_MAX_PAGE_SIZE',
      '--max-page-size',
    ])
    expect(new Set(settingNames.map(environmentName)).size).toBe(settingNames.length)
  })
})

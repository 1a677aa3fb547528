import { execFileSync } from 'node:child_process'
import { mkdir, writeFile } from 'node:fs/promises'
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { type TempDir, tempDir } from '@tsreg/testkit'
import { parseDuration } from './duration.ts'
import { parsePolicy, readPolicyFile } from './policy-file.ts'

const hour = 3_600_000

test.each([
  ['0', 0],
  ['90s', 90_000],
  ['12h', 12 * hour],
  ['1d12h', 36 * hour],
  ['2w', 14 * 24 * hour],
  ['36500d', 36_500 * 24 * hour],
  ['', undefined],
  ['1', undefined],
  ['1y', undefined],
  ['-1d', undefined],
  ['1.5h', undefined],
  ['1e9d', undefined],
  ['999999999w', undefined],
  ['1d '.repeat(3), undefined],
])('%j as a length of time is %p ms', (text, ms) => {
  expect(parseDuration(text)).toBe(ms)
})

describe('a policy file', () => {
  test('in YAML or JSON gives its rules', async () => {
    const yaml = `
# what we keep
rules:
  - tags: [latest, 'v*']
    keep: true
  - repositories: ['ci/**', team/app]
    keepLast: 10
    olderThan: 30d
`
    const rules = [
      { tags: ['latest', 'v*'], keep: true },
      { repositories: ['ci/**', 'team/app'], keepLast: 10, olderThanMs: 720 * hour },
    ]
    expect(await parsePolicy(yaml, 'p')).toEqual({ rules })
    const json = JSON.stringify({ rules: [{ keepLast: 1 }] })
    expect(await parsePolicy(json, 'p')).toEqual({ rules: [{ keepLast: 1, olderThanMs: undefined }] })
  })

  const deep = (levels: number) =>
    Array.from({ length: levels }, (_, n) => `a${n}: &a${n} [${n === 0 ? 'x' : Array(10).fill(`*a${n - 1}`)}]`).join(
      '\n',
    )

  test.each([
    ['', /expected object/],
    ['rules: []', /rules: .*>=1/],
    ['rules:\n  - keepLast: 1\nother: 1', /unknown key "other"; there are rules/],
    ['rules:\n  - keeplast: 1', /rules\[0\]: unknown key "keeplast"; did you mean keepLast\?/],
    ['rules:\n  - tags: ["*"]', /rules\[0\]: the rule says neither keep nor keepLast nor olderThan/],
    ['rules:\n  - keep: true\n    keepLast: 3', /rules\[0\]: keep: true keeps every tag/],
    ['rules:\n  - keep: false', /rules\[0\]\.keep: only true can be said/],
    ['rules:\n  - keepLast: 0', /rules\[0\]\.keepLast: .*>=1/],
    ['rules:\n  - keepLast: -5', /keepLast/],
    ['rules:\n  - keepLast: .inf', /keepLast/],
    ['rules:\n  - keepLast: .nan', /keepLast/],
    ['rules:\n  - keepLast: 1e9', /keepLast: .*10000/],
    ['rules:\n  - olderThan: 0', /olderThan/],
    ['rules:\n  - olderThan: "0"', /olderThan: a length of time such as 30d/],
    ['rules:\n  - olderThan: 30', /olderThan/],
    ['rules:\n  - olderThan: soon', /olderThan: a length of time/],
    ['rules:\n  - {repositories: ["../etc"], keepLast: 1, extra: 1}', /unknown key "extra"/],
    ['rules:\n  - {repositories: ["A b"], keepLast: 1}', /repositories\[0\]: not a pattern of repositories/],
    ['rules:\n  - {tags: ["a\\tb"], keepLast: 1}', /tags\[0\]: not a pattern of tags/],
    ['rules:\n  - {tags: [], keepLast: 1}', /tags: .*>=1/],
    ['rules:\n  - {tags: latest, keepLast: 1}', /tags: .*array/],
    ['rules:\n  - {__proto__: {keep: true}}', /rules\[0\]/],
    ['rules: &r\n  - keepLast: 1\nrules: *r', /it is not YAML: Map keys must be unique/],
    ['rules: !!js/function "x"', /it is not YAML: Unresolved tag/],
    ['rules: [', /it is not YAML/],
    ['\u0000\u0001', /policy p: /],
    [`${deep(9)}\nrules: *a8`, /Excessive alias count/],
    [`rules: ${'['.repeat(5000)}`, /policy p: /],
  ])('that is %j is refused, naming the place', async (text, message) => {
    const refusal = parsePolicy(text, 'p')
    await expect(refusal).rejects.toMatchObject({ code: 'CONFIG_INVALID', setting: 'retentionPolicy' })
    await expect(refusal).rejects.toThrow(message)
  })

  describe('on the disk', () => {
    let directory: TempDir
    beforeEach(async () => {
      directory = await tempDir('tsreg-policy-')
    })
    afterEach(async () => {
      await directory[Symbol.asyncDispose]()
    })

    test('is read each time', async () => {
      const file = directory.join('policy.yaml')
      await writeFile(file, 'rules: [{keepLast: 1}]')
      expect((await readPolicyFile(file)).rules).toMatchObject([{ keepLast: 1 }])
      await writeFile(file, 'rules: [{keepLast: 2}]')
      expect((await readPolicyFile(file)).rules).toMatchObject([{ keepLast: 2 }])
    })

    test('that is missing, a directory, a pipe or too large is refused with its name', async () => {
      await mkdir(directory.join('dir'))
      execFileSync('mkfifo', [directory.join('pipe')])
      await writeFile(directory.join('large'), `#${' '.repeat(300_000)}\nrules: [{keepLast: 1}]`)
      for (const [name, message] of [
        ['missing', /cannot be read: ENOENT/],
        ['dir', /not a regular file/],
        ['pipe', /not a regular file/],
        ['large', /more than 262144 bytes/],
      ] as const) {
        await expect(readPolicyFile(directory.join(name))).rejects.toThrow(message)
        await expect(readPolicyFile(directory.join(name))).rejects.toThrow(directory.join(name))
      }
    })
  })
})

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from '@jest/globals'
import { errorCodes } from '@tsreg/oci'
import { exitCodeOf, exitCodes, exitOfErrorCode } from './exit-codes.ts'

const page = readFileSync(join(import.meta.dirname, '../../../docs/exit-codes.md'), 'utf8')
const documented = [...page.matchAll(/^\| (\d+) \| (.*?) \| (.*?) ?\|$/gm)].map(([, code, meaning, errors = '']) => ({
  code: Number(code),
  meaning,
  errors: [...errors.matchAll(/`(\w+)`/g)].map(([, name]) => name).sort(),
}))

describe('exit codes', () => {
  test('docs/exit-codes.md lists each with its meaning and its error codes', () => {
    const actual = Object.entries(exitCodes).map(([name, { code, meaning }]) => ({
      code,
      meaning,
      errors: Object.entries(exitOfErrorCode)
        .filter(([, exit]) => exit === name)
        .map(([error]) => error)
        .sort(),
    }))
    expect(documented).toEqual(actual)
  })

  test('no two names share a number', () => {
    const numbers = Object.values(exitCodes).map(({ code }) => code)
    expect(new Set(numbers).size).toBe(numbers.length)
  })

  test('every error code of the specification has one that is not 0', () => {
    for (const code of Object.keys(errorCodes)) expect(exitCodeOf(code)).toBeGreaterThan(0)
  })

  test('an error code that nobody knows is a plain failure', () => {
    expect(exitCodeOf('NO_SUCH_CODE')).toBe(1)
  })
})

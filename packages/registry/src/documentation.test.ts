import { readFileSync } from 'node:fs'
import { expect, test } from '@jest/globals'
import { errorCodes } from '@tsreg/oci/distribution'
import { environmentName, flagName, settingsSchema } from './config/index.ts'

test('docs/errors.md has every code with its status and message, and no other', () => {
  const documented = tableRows('errors.md').map(([code, status, message]) => [code, Number(status), message])
  const coded = Object.entries(errorCodes).map(([code, { status, message }]) => [`\`${code}\``, status, message])
  expect(documented).toEqual(coded)
})

test('docs/operations/registry.md has every setting with its names, default and meaning, and no other', () => {
  const defaults: Readonly<Record<string, unknown>> = settingsSchema.parse({})
  const coded = Object.entries(settingsSchema.shape).map(([setting, { description }]) => {
    const value = defaults[setting]
    const flag = value === true ? flagName(setting).replace('--', '--no-') : flagName(setting)
    const shown = value === undefined ? '-' : `\`${value}\``
    return [`\`${setting}\``, `\`${environmentName(setting)}\``, `\`${flag}\``, shown, description]
  })
  expect(tableRows('operations/registry.md')).toEqual(coded)
})

/** The cells of the rows of a page's first table. */
function tableRows(page: string): readonly string[][] {
  const text = readFileSync(new URL(`../../../docs/${page}`, import.meta.url), 'utf8')
  const [, rows = ''] = text.split(/^\|[-|]+\|\n/m)
  return rows
    .split('\n')
    .slice(
      0,
      rows.split('\n').findIndex((line) => !line.startsWith('|')),
    )
    .map((line) =>
      line
        .split(/(?<!\\)\|/)
        .slice(1, -1)
        .map((cell) => cell.trim()),
    )
}

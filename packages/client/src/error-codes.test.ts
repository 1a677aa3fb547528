import { readFile } from 'node:fs/promises'
import { expect, test } from '@jest/globals'
import { clientErrorCodes } from './error-codes.ts'

test('the README lists every code with its meaning, and no other', async () => {
  const text = await readFile(new URL('../README.md', import.meta.url), 'utf8')
  const table = text.slice(text.indexOf('| `ClientError` code'))
  const rows = [...table.matchAll(/^\| `([A-Z_]+)` \| (.+) \|$/gm)].map(([, code, meaning]) => [code, meaning])
  expect(rows).toEqual(Object.entries(clientErrorCodes).map(([code, { message }]) => [code, message]))
})

import { describe, expect, test } from '@jest/globals'
import { hardLimit } from './machine.ts'

const table = [
  'Limit                     Soft Limit           Hard Limit           Units     ',
  'Max open files            1024                 524288               files     ',
  'Max processes             unlimited            unlimited            processes ',
].join('\n')

describe('the limits of this process', () => {
  test.each([
    ['Max open files', 524_288],
    ['Max processes', Number.POSITIVE_INFINITY],
    ['Max of what there is not', Number.POSITIVE_INFINITY],
  ])('%s', (name, expected) => {
    expect(hardLimit(table, name)).toBe(expected)
  })
})

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, test } from '@jest/globals'
import { repositoryRoot } from '../harness/paths.ts'
import { bounds, costsPage, type Measured, measureBoth } from './page.ts'

let measured: Measured
beforeAll(async () => {
  measured = await measureBoth()
}, 60_000)

test('docs/s3-requests.md has what operations cost; write it anew as the module says', () => {
  const page = readFileSync(join(repositoryRoot, 'docs/s3-requests.md'), 'utf8')
  expect(page).toBe(costsPage(measured))
})

describe('requests to S3 stay within their bounds', () => {
  test.each(Object.entries(bounds))('%s: %i', (operation, bound) => {
    const cost = measured.full.find((candidate) => candidate.operation === operation)
    expect(cost?.total).toBeLessThanOrEqual(bound)
  })
})

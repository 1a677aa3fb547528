import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from '@jest/globals'
import { actionsOf } from './s3-actions.ts'

const root = join(import.meta.dirname, '../..')

test('the policy of infra/terraform allows what the S3 driver does, and nothing else', () => {
  const folder = join(root, 'packages/storage/src/bucket/s3')
  const sources = readdirSync(folder).filter((name) => name.endsWith('.ts') && !name.endsWith('.test.ts'))
  const needed = actionsOf(sources.map((name) => readFileSync(join(folder, name), 'utf8')).join('\n'))
  const [, policy = ''] = /"aws_iam_policy_document" "registry" \{(.*?)^\}/ms.exec(
    readFileSync(join(root, 'infra/terraform/access.tf'), 'utf8'),
  ) ?? ['', '']
  const allowed = policy.match(/s3:\w+/g) ?? []
  expect(needed.length).toBeGreaterThan(3)
  expect(allowed.toSorted()).toEqual(needed)
})

test('an operation whose permissions nobody looked up is an error', () => {
  expect(actionsOf('new HeadObjectCommand({}); new GetObjectCommand({})')).toEqual(['s3:GetObject'])
  expect(() => actionsOf('new RestoreObjectCommand({})')).toThrow('no row for RestoreObject')
})

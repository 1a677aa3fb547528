import { expect, test } from '@jest/globals'
import { buildTime } from './build-time.ts'
import type { Plan } from './plan.ts'
import { memoryTree } from './testing/memory-tree.ts'

const copying = { stages: [{ instructions: [{ kind: 'COPY' }] }] } as unknown as Plan
const contextOf = (time: number | undefined) => ({ ...memoryTree({}), newestTime: async () => time })

test('the newest file counts, the Dockerfile among them', async () => {
  expect(await buildTime(copying, contextOf(7.9), { dockerfileTime: 5 })).toBe(7)
  expect(await buildTime(copying, contextOf(7), { dockerfileTime: 9 })).toBe(9)
  expect(await buildTime(copying, contextOf(7), { dockerfileTime: 9, sourceDateEpoch: 3 })).toBe(3)
})

test.each([
  [9_999_999_999_999, '9999-12-31T23:59:59.000Z'],
  [-9_999_999_999_999, '1970-01-01T00:00:00.000Z'],
])('the time %d, which some file systems have, becomes the date %s', async (time, date) => {
  for (const options of [{ dockerfileTime: undefined }, { dockerfileTime: undefined, sourceDateEpoch: time }]) {
    const found = await buildTime(copying, contextOf(time), options)
    expect(new Date(found * 1000).toISOString()).toBe(date)
  }
})

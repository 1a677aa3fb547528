import { setTimeout as delay } from 'node:timers/promises'
import { expect, test } from '@jest/globals'
import { memoryBucket } from './bucket/index.ts'
import { startJanitor } from './janitor.ts'
import { openStorage } from './storage.ts'
import { seededBytes } from './testing/bucket-fixtures.ts'
import { content, keysOf } from './testing/repository-fixtures.ts'

test('the janitor discards what is old, round after round, until it is stopped', async () => {
  const bucket = memoryBucket()
  const storage = await openStorage(bucket)
  const { uploads } = storage.repository('a')
  const janitor = startJanitor(storage, { intervalMs: 1, ageMs: -1 })
  for (const seed of [1, 2]) {
    await (await uploads.create()).append(content(seededBytes(5000, seed))).catch(() => {})
    while ((await keysOf(bucket, 'u/')).length + (await keysOf(bucket, 'd/')).length > 0) await delay(1)
  }
  await janitor.stop()
  await uploads.create()
  await delay(10)
  expect((await keysOf(bucket, 'u/')).length).toBe(1)
})

test('a round that fails is told, and the next one is tried', async () => {
  const storage = await openStorage(memoryBucket())
  const errors: unknown[] = []
  let rounds = 0
  const broken = {
    ...storage,
    discardStaleUploads: async () => {
      rounds++
      throw new Error('no bucket')
    },
  }
  const janitor = startJanitor(broken, { intervalMs: 1, onError: (error) => errors.push(error) })
  while (rounds < 2) await delay(1)
  await janitor.stop()
  expect(String(errors[0])).toBe('Error: no bucket')
})

test('a session that cannot be discarded is told as a warning and does not stop the round', async () => {
  const bucket = memoryBucket()
  const warnings: string[] = []
  const storage = await openStorage(bucket, { onWarning: (_, what) => warnings.push(what) })
  await bucket.put('u/00000000-0000-4000-8000-000000000000', Buffer.from('not a cell\n'))
  await storage.repository('a').uploads.create()
  expect(await storage.discardStaleUploads({ ageMs: -1 })).toBe(1)
  expect(warnings).toEqual(['janitor, upload 00000000-0000-4000-8000-000000000000'])
})

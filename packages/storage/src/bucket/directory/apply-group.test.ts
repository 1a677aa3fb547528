import { join } from 'node:path'
import { expect, test } from '@jest/globals'
import { seededBytes } from '../../testing/bucket-fixtures.ts'
import { temporaryDirectories } from '../../testing/temporary-directory.ts'
import { groupApplier } from './apply-group.ts'
import { openWritableDatabase } from './database.ts'
import type { PutOperation } from './writer-protocol.ts'

const newDirectory = temporaryDirectories()

function put(key: string, size: number): PutOperation {
  return { kind: 'put', key, size, body: seededBytes(size, 1), crcs: new Uint8Array(4) }
}

test('a group is one transaction, and its conditions see what came before in it', async () => {
  using database = openWritableDatabase(join(await newDirectory(), 'index.db'))
  const { replies, commits } = groupApplier(database)([
    [{ ...put('a', 1), ifAbsent: true }],
    [{ ...put('a', 2), ifAbsent: true }],
    [put('b', 3), { kind: 'delete', key: 'a' }, { ...put('a', 4), ifAbsent: true }],
  ])
  expect(commits).toBe(1)
  expect(replies.map((reply) => 'outcomes' in reply && reply.outcomes.map(({ ok }) => ok))).toEqual([
    [true],
    [false],
    [true, true, true],
  ])
  const rows = database.prepare('SELECT key, size FROM objects ORDER BY key').all()
  expect(rows.map((row) => ({ ...row }))).toEqual([
    { key: 'a', size: 4 },
    { key: 'b', size: 3 },
  ])
})

test('only the writes that do not fit are refused, and there is room again after a delete', async () => {
  using database = openWritableDatabase(join(await newDirectory(), 'index.db'), { maxPages: 60 })
  const apply = groupApplier(database)
  const { replies } = apply([
    [put('a', 100)],
    [put('big', 90_000)],
    [put('b', 100)],
    [put('huge', 900_000)],
    [put('c', 100)],
  ])
  expect(replies.map((reply) => ('outcomes' in reply ? reply.outcomes[0]?.ok : reply.failure.code))).toEqual([
    true,
    true,
    true,
    'STORAGE_FULL',
    true,
  ])
  expect(apply([[put('more', 200_000)]]).replies[0]).toMatchObject({ failure: { code: 'STORAGE_FULL' } })
  expect(apply([[{ kind: 'delete', key: 'big' }], [put('again', 80_000)]]).replies).toMatchObject([
    { outcomes: [{ ok: true }] },
    { outcomes: [{ ok: true }] },
  ])
})

test('a batch that does not fit writes nothing of itself', async () => {
  using database = openWritableDatabase(join(await newDirectory(), 'index.db'), { maxPages: 30 })
  const { replies } = groupApplier(database)([[put('a', 10), put('huge', 900_000), put('b', 10)]])
  expect(replies).toMatchObject([{ failure: { code: 'STORAGE_FULL' } }])
  expect(database.prepare('SELECT key FROM objects').all()).toEqual([])
})

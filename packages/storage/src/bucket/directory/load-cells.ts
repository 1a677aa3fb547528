/**
 * Fills a directory with cells faster than a bucket would: for tests of large stores, a million in seconds.
 * @module
 */
import { randomBytes } from 'node:crypto'
import { join, resolve } from 'node:path'
import type { DatabaseSync } from 'node:sqlite'
import { checkKey } from '../keys.ts'
import { checkDirectory } from './check-directory.ts'
import { checksumsOf, encodeChecksums } from './checksums.ts'
import { databaseName, openWritableDatabase } from './database.ts'
import { lockDirectory } from './lock.ts'
import { finishDirectory, makeDatabaseFile, makeDirectory } from './make-directory.ts'

export interface LoadedCell {
  readonly key: string
  readonly body: Uint8Array
}

export interface LoadOptions {
  /** When the cells were written, in milliseconds since 1970. @default now */
  readonly modifiedMs?: number
}

const cellsPerTransaction = 50_000

/**
 * Writes cells that are not in the store yet and returns how many; the directory must not be open. Not durable until it
 * resolves. @throws UNAVAILABLE when a process owns the directory.
 */
export async function loadCells(
  path: string,
  cells: Iterable<LoadedCell> | AsyncIterable<LoadedCell>,
  { modifiedMs = Date.now() }: LoadOptions = {},
): Promise<number> {
  const directory = resolve(path)
  const state = await checkDirectory(directory)
  if (state === 'new') await makeDirectory(directory)
  const lock = lockDirectory(directory)
  try {
    const file = join(directory, databaseName)
    if (state === 'new') await makeDatabaseFile(file)
    const database = openWritableDatabase(file)
    try {
      const count = await insertAll(database, cells, modifiedMs)
      if (state === 'new') await finishDirectory(directory)
      return count
    } finally {
      database.close()
    }
  } finally {
    lock.release()
  }
}

async function insertAll(
  database: DatabaseSync,
  cells: Iterable<LoadedCell> | AsyncIterable<LoadedCell>,
  modified: number,
): Promise<number> {
  database.exec('PRAGMA synchronous = OFF')
  const insert = database.prepare(
    'INSERT INTO objects (key, size, etag, modified, crcs, body) VALUES (?, ?, ?, ?, ?, ?)',
  )
  const opening = randomBytes(6).toString('base64url')
  let count = 0
  database.exec('BEGIN')
  for await (const { key, body } of cells) {
    checkKey(key)
    const etag = `${opening}${(count++).toString(36)}`
    insert.run(key, body.byteLength, etag, modified, encodeChecksums(checksumsOf([body])), body)
    if (count % cellsPerTransaction === 0) database.exec('COMMIT; BEGIN')
  }
  // The last checkpoint syncs everything.
  database.exec('COMMIT; PRAGMA synchronous = FULL; PRAGMA wal_checkpoint(TRUNCATE)')
  return count
}

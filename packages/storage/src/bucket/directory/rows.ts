/**
 * The reading side of the database: synchronous prepared statements, each a few microseconds.
 * @module
 */
import { OciError } from '@tsreg/oci'
import type { ETag, ListEntry, ObjectStat } from '../bucket.ts'
import { prefixEnd } from '../keys.ts'
import { type BlockChecksums, decodeChecksums, findMismatch, type Mismatch } from './checksums.ts'
import { openReadableDatabase } from './database.ts'
import type { DirectoryStatistics } from './statistics.ts'

/** One object as its row tells it; the bytes are `body`, or in the data file `file`. */
export interface ObjectRow {
  readonly size: number
  readonly etag: ETag
  readonly modifiedMs: number
  readonly checksums: BlockChecksums
  readonly file: string | undefined
  readonly body: Uint8Array | undefined
}

export interface PageRequest {
  readonly prefix: string
  readonly startAfter: string | undefined
  readonly limit: number
}

export interface Rows {
  /** @throws CONTENT_CORRUPT when the bytes in the row do not match their checksums. */
  object(key: string): ObjectRow | undefined
  stat(key: string): ObjectStat | undefined
  page(request: PageRequest): ListEntry[]
  /** True when an object or an open multipart upload needs the data file. */
  needsFile(file: string): boolean
  /** The key of an open multipart upload. */
  multipartKey(file: string): string | undefined
  /** Multipart uploads started before the time (milliseconds since 1970) and never ended. */
  multipartsStartedBefore(timeMs: number): { readonly file: string; readonly key: string }[]
  /** @throws UNAVAILABLE */
  ping(): void
  close(): void
}

export function openRows(path: string, statistics: DirectoryStatistics): Rows {
  const database = openReadableDatabase(path)
  const objectStatement = database.prepare('SELECT size, etag, modified, file, crcs, body FROM objects WHERE key = ?')
  const statStatement = database.prepare('SELECT size, etag, modified, metadata FROM objects WHERE key = ?')
  const columns = 'SELECT key, size, etag, modified AS modifiedMs FROM objects WHERE'
  const pageFrom = database.prepare(`${columns} key >= ? AND key < ? ORDER BY key LIMIT ?`)
  const pageAfter = database.prepare(`${columns} key > ? AND key < ? ORDER BY key LIMIT ?`)
  const lastPageAfter = database.prepare(`${columns} key > ? ORDER BY key LIMIT ?`)
  const fileStatement = database.prepare(
    'SELECT 1 FROM objects WHERE file = ?1 UNION ALL SELECT 1 FROM multiparts WHERE file = ?1 LIMIT 1',
  )
  const multipartStatement = database.prepare('SELECT key FROM multiparts WHERE file = ?')
  const startedStatement = database.prepare('SELECT file, key FROM multiparts WHERE started < ?')
  const pingStatement = database.prepare('SELECT count(*) FROM sqlite_schema')

  function rowsOfPage({ prefix, startAfter, limit }: PageRequest): unknown[] {
    const end = prefixEnd(prefix)
    if (end === undefined) return lastPageAfter.all(startAfter ?? '', limit)
    return startAfter === undefined || Buffer.compare(Buffer.from(startAfter), Buffer.from(prefix)) < 0
      ? pageFrom.all(prefix, end, limit)
      : pageAfter.all(startAfter, end, limit)
  }

  return {
    object(key) {
      const row = reading(path, () => objectStatement.get(key))
      if (row === undefined) return undefined
      const object = objectOf(row as unknown as RawObject)
      if (object.body !== undefined) checkBody(key, object.body, object, statistics)
      return object
    },
    stat(key) {
      const row = reading(path, () => statStatement.get(key)) as unknown as RawStat | undefined
      if (row === undefined) return undefined
      const { size, etag, modified, metadata } = row
      return { size, etag, modifiedMs: modified, metadata: metadata === null ? {} : JSON.parse(metadata) }
    },
    page(request) {
      const rows = reading(path, () => rowsOfPage(request)) as ListEntry[]
      statistics.rowsListed += rows.length
      return rows
    },
    needsFile: (file) => reading(path, () => fileStatement.get(file)) !== undefined,
    multipartKey: (file) => reading(path, () => multipartStatement.get(file))?.key as string | undefined,
    multipartsStartedBefore: (timeMs) =>
      reading(path, () => startedStatement.all(timeMs)) as { file: string; key: string }[],
    ping: () => void reading(path, () => pingStatement.get()),
    close: () => database.close(),
  }
}

interface RawVersion {
  readonly size: number
  readonly etag: ETag
  readonly modified: number
}

type RawStat = RawVersion & { readonly metadata: string | null }

type RawObject = RawVersion & {
  readonly file: string | null
  readonly crcs: Uint8Array
  readonly body: Uint8Array | null
}

function objectOf({ size, etag, modified, file, crcs, body }: RawObject): ObjectRow {
  const inline = file === null ? { file: undefined, body: body ?? new Uint8Array() } : { file, body: undefined }
  return { size, etag, modifiedMs: modified, checksums: decodeChecksums(crcs), ...inline }
}

function checkBody(
  key: string,
  body: Uint8Array,
  { size, checksums }: ObjectRow,
  statistics: DirectoryStatistics,
): void {
  if (body.byteLength !== size) {
    statistics.corruptChunks++
    throw corrupt(key, 0, `the row has ${body.byteLength} bytes, expected ${size}`)
  }
  const mismatch = findMismatch(body, 0, checksums)
  if (mismatch === undefined) return
  statistics.corruptChunks++
  throw checksumMismatch(key, mismatch)
}

export function checksumMismatch(key: string, { offset, expected, received }: Mismatch): OciError {
  return corrupt(key, offset, `CRC-32 is ${received.toString(16)}, expected ${expected.toString(16)}`)
}

/** @param what what was found instead, both values. */
export function corrupt(key: string, offset: number, what: string): OciError {
  const message = `${key}: stored bytes at ${offset} are damaged: ${what}; restore the object or push it again`
  return new OciError('CONTENT_CORRUPT', message, { detail: { key, offset } })
}

/** Names the file and keeps SQLite's message; a damaged file is told from one that cannot be read. */
function reading<T>(path: string, read: () => T): T {
  try {
    return read()
  } catch (cause) {
    const primary = ((cause as { errcode?: number }).errcode ?? 0) & 0xff
    const code = primary === 11 || primary === 26 ? 'CONTENT_CORRUPT' : 'UNAVAILABLE'
    throw new OciError(code, `${path} cannot be read: ${(cause as Error).message}`, { cause, detail: { path } })
  }
}

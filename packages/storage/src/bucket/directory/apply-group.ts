/**
 * Applies a group of write requests in one transaction, conditions included. When it fails, the group is halved until
 * only the requests that cannot be written have failed.
 *
 * Runs in the writer thread: imports node's own modules only.
 * @module
 */
import { randomBytes } from 'node:crypto'
import type { DatabaseSync } from 'node:sqlite'
import type { DeleteOperation, MultipartOperation, Operation, Outcome, PutOperation, Reply } from './writer-protocol.ts'

type Requests = readonly (readonly Operation[])[]

export interface GroupResult {
  /** In the order of the requests. */
  readonly replies: readonly Reply[]
  readonly commits: number
}

/** Primary result codes of SQLite. */
const sqliteFull = 13
const sqliteIoErrorShmSize = 4874

/** The function that applies groups on a connection; a reply is given only after its COMMIT returned. */
export function groupApplier(database: DatabaseSync): (requests: Requests) => GroupResult {
  const apply = operationApplier(database)

  function applyGroup(requests: Requests): GroupResult {
    if (requests.length === 0) return { replies: [], commits: 0 }
    try {
      database.exec('BEGIN IMMEDIATE')
      const replies = requests.map((operations) => ({ outcomes: operations.map(apply) }))
      database.exec('COMMIT')
      return { replies, commits: 1 }
    } catch (error) {
      // A full disk rolls back by itself, other failures do not.
      if (database.isTransaction) database.exec('ROLLBACK')
      if (requests.length === 1) return { replies: [{ failure: failureOf(error) }], commits: 0 }
      const middle = requests.length >> 1
      const halves = [applyGroup(requests.slice(0, middle)), applyGroup(requests.slice(middle))]
      return {
        replies: halves.flatMap(({ replies }) => replies),
        commits: halves.reduce((sum, { commits }) => sum + commits, 0),
      }
    }
  }
  return applyGroup
}

function operationApplier(database: DatabaseSync): (operation: Operation) => Outcome {
  const find = database.prepare('SELECT id, etag, file FROM objects WHERE key = ?')
  const insert = database.prepare(
    'INSERT INTO objects (key, size, etag, modified, file, metadata, crcs, body) VALUES (?, ?, ?, ?, ?, ?, ?, ?)',
  )
  const update = database.prepare(
    'UPDATE objects SET size = ?, etag = ?, modified = ?, file = ?, metadata = ?, crcs = ?, body = ? WHERE id = ?',
  )
  const remove = database.prepare('DELETE FROM objects WHERE id = ?')
  const startMultipart = database.prepare('INSERT INTO multiparts (file, key, started) VALUES (?, ?, ?)')
  const endMultipart = database.prepare('DELETE FROM multiparts WHERE file = ?')
  const nextEtag = etagSequence()

  function put(operation: PutOperation): Outcome {
    const { key, size, file = null, metadata = null, crcs, body = null } = operation
    const row = find.get(key)
    if (operation.ifAbsent === true ? row !== undefined : mismatch(row, operation.ifMatch)) return conditionFailed
    if (operation.endsMultipart === true && endMultipart.run(file).changes === 0) return unknownUpload
    const etag = nextEtag()
    const modifiedMs = Date.now()
    if (row === undefined) insert.run(key, size, etag, modifiedMs, file, metadata, crcs, body)
    else update.run(size, etag, modifiedMs, file, metadata, crcs, body, row.id ?? null)
    return { ok: true, etag, modifiedMs, discarded: fileOf(row) }
  }

  function deleteRow({ key, ifMatch }: DeleteOperation): Outcome {
    const row = find.get(key)
    if (mismatch(row, ifMatch)) return conditionFailed
    if (row !== undefined) remove.run(row.id ?? null)
    return { ok: true, etag: nextEtag(), modifiedMs: Date.now(), discarded: fileOf(row) }
  }

  function multipart({ kind, key, file }: MultipartOperation): Outcome {
    const modifiedMs = Date.now()
    if (kind === 'start-multipart') startMultipart.run(file, key, modifiedMs)
    else if (endMultipart.run(file).changes === 0) return unknownUpload
    return { ok: true, etag: '', modifiedMs }
  }

  return (operation) => {
    if (operation.kind === 'put') return put(operation)
    return operation.kind === 'delete' ? deleteRow(operation) : multipart(operation)
  }
}

type Row = Readonly<Record<string, unknown>> | undefined

const conditionFailed: Outcome = { ok: false, reason: 'condition' }
const unknownUpload: Outcome = { ok: false, reason: 'unknown-upload' }

function mismatch(row: Row, ifMatch: string | undefined): boolean {
  return ifMatch !== undefined && row?.etag !== ifMatch
}

function fileOf(row: Row): string | undefined {
  const file = row?.file
  return typeof file === 'string' ? file : undefined
}

/** Never twice the same: random for each opening of the store, counted within it. */
function etagSequence(): () => string {
  const opening = randomBytes(6).toString('base64url')
  let count = 0
  return () => `${opening}${(count++).toString(36)}`
}

function failureOf(error: unknown): { code: 'STORAGE_FULL' | 'UNAVAILABLE'; message: string } {
  const { errcode = 0, message = String(error) } = error as { errcode?: number; message?: string }
  const full = (errcode & 0xff) === sqliteFull || errcode === sqliteIoErrorShmSize
  return { code: full ? 'STORAGE_FULL' : 'UNAVAILABLE', message }
}

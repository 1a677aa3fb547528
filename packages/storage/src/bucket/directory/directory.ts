/**
 * A bucket in a local directory: cells and small objects in one SQLite file, one file per larger object. One process
 * owns the directory; `check-directory.ts` draws it.
 * @module
 */
import { buffer } from 'node:stream/consumers'
import type { Bucket, Cell, ETag, WriteOutcome } from '../bucket.ts'
import {
  cellTooLarge,
  checkCondition,
  checkMetadata,
  checkWrite,
  listLimit,
  maxCellBytes,
  preconditionFailed,
  uploadUnknown,
} from '../check-arguments.ts'
import { checkKey } from '../keys.ts'
import { checksumsOf, encodeChecksums } from './checksums.ts'
import { multiparts } from './multipart.ts'
import { type OpenDirectoryOptions, type OpenedDirectory, openDirectory } from './open-directory.ts'
import { receiveContent } from './receive-content.ts'
import type { DirectoryStatistics } from './statistics.ts'
import type { Operation, Outcome, PutOperation } from './writer-protocol.ts'

export interface DirectoryBucketOptions extends OpenDirectoryOptions {
  /** Size of a multipart part in bytes, a multiple of 65536. @default 1048576 */
  readonly partSize?: number
  /** Clock of the age of multipart uploads. @default Date.now */
  readonly now?: () => number
}

/** Ability of a bucket: reads a cell in this very turn of the event loop. */
export interface SynchronousReader {
  /**
   * Like `read`, from memory or a few microseconds from it.
   * @throws SIZE_INVALID when the object lies in a data file, CONTENT_CORRUPT, UNAVAILABLE.
   */
  peek(key: string): Cell | undefined
}

export interface DirectoryBucket extends Bucket, SynchronousReader {
  /** Absolute path. */
  readonly directory: string
  /** What was counted since the bucket was opened. */
  stats(): DirectoryStatistics
  /**
   * Removes what crashes left behind: multipart uploads that nobody has written to for a week, and data files that
   * nothing needs. Resolves to the number of files; happens once at open by itself.
   */
  sweep(): Promise<number>
}

export function isSynchronousReader(bucket: Bucket): bucket is Bucket & SynchronousReader {
  return typeof (bucket as Partial<SynchronousReader>).peek === 'function'
}

export function isDirectoryBucket(bucket: Bucket): bucket is DirectoryBucket {
  return isSynchronousReader(bucket) && typeof (bucket as Partial<DirectoryBucket>).stats === 'function'
}

/**
 * Opens the store in `path`, making it when the directory is absent or empty.
 * @throws UNAVAILABLE (in use by another process, unreadable, read-only, damaged), UNSUPPORTED (network file system,
 * foreign directory, newer layout): `detail.reason` names the case, the message says what to do; nothing was touched.
 */
export async function directoryBucket(path: string, options: DirectoryBucketOptions = {}): Promise<DirectoryBucket> {
  const { partSize = 1024 * 1024 } = options
  if (!(partSize > 0 && partSize % 65_536 === 0)) throw new TypeError(`partSize: not a multiple of 65536: ${partSize}`)
  const opened = await openDirectory(path, options)
  const bucket = bucketOf(opened, { partSize, now: options.now ?? Date.now })
  if (options.sweepAtOpen !== false) opened.background(bucket.sweep())
  return bucket
}

function bucketOf(
  opened: OpenedDirectory,
  { partSize, now }: Required<Pick<DirectoryBucketOptions, 'partSize' | 'now'>>,
): DirectoryBucket {
  const { rows, writer, files, commits, cache, reader, statistics } = opened
  const uploads = multiparts({ files, rows, writer, partSize, now, commit: commitUpload })

  async function commitUpload(
    { key, file, size, checksums }: Parameters<Parameters<typeof multiparts>[0]['commit']>[0],
    { metadata, ifAbsent, ifMatch }: Parameters<Parameters<typeof multiparts>[0]['commit']>[1],
  ): Promise<ETag> {
    const crcs = encodeChecksums(checksums)
    const condition = { ifAbsent, ifMatch, metadata: encodeMetadata(metadata) }
    const outcome = await runOne({ kind: 'put', key, file, size, crcs, ...condition, endsMultipart: true })
    if (outcome.ok) return outcome.etag as ETag
    if (outcome.reason === 'unknown-upload') throw uploadUnknown(key, file.replace('/', ''))
    throw preconditionFailed(key, 'the condition of complete does not hold')
  }

  async function runOne(operation: Operation): Promise<Outcome> {
    const [outcome] = await commits.run([operation])
    if (outcome === undefined) throw new Error('the writer answers every operation')
    return outcome
  }

  /** From memory or from the row; undefined for what lies in a data file, too. */
  function cellInRow(key: string, remember = true): Cell | 'in-file' | undefined {
    const cached = cache.get(key)
    if (cached !== undefined) {
      statistics.cacheHits++
      return cached
    }
    statistics.cacheMisses++
    const row = rows.object(key)
    if (row === undefined) return undefined
    const { size, body, etag, modifiedMs } = row
    if (size > maxCellBytes) throw cellTooLarge(key, size)
    if (body === undefined) return 'in-file'
    const cell = { body, etag, modifiedMs }
    if (remember) cache.keep(key, cell)
    return cell
  }

  /** The stat and the bytes of one version. */
  async function cellInFile(key: string): Promise<Cell | undefined> {
    for (;;) {
      const before = rows.stat(key)
      if (before === undefined) return undefined
      const body = await buffer(await reader.open(key))
      if (rows.stat(key)?.etag === before.etag) return { body, etag: before.etag, modifiedMs: before.modifiedMs }
    }
  }

  return {
    directory: opened.directory,
    capabilities: { cas: true, conditionalDelete: true },

    async read(key, { signal } = {}) {
      signal?.throwIfAborted()
      checkKey(key)
      const cell = cellInRow(key)
      return cell === 'in-file' ? cellInFile(key) : cell
    },

    async readOnce(key, { signal } = {}) {
      signal?.throwIfAborted()
      checkKey(key)
      const cell = cellInRow(key, false)
      return cell === 'in-file' ? cellInFile(key) : cell
    },

    peek(key) {
      const cell = cellInRow(key)
      if (cell === 'in-file') throw cellTooLarge(key, rows.stat(key)?.size ?? 0)
      return cell
    },

    async put(key, body, { signal, ...condition } = {}) {
      signal?.throwIfAborted()
      checkWrite(key, body, condition)
      return outcomeOf(await runOne(putOperation(key, body, condition)))
    },

    async batch(writes, { signal } = {}) {
      signal?.throwIfAborted()
      for (const { key, body, ...condition } of writes) checkWrite(key, body, condition)
      if (writes.length === 0) return []
      const operations = writes.map(({ key, body, ...condition }) =>
        body === undefined
          ? ({ kind: 'delete', key, ifMatch: condition.ifMatch } as const)
          : putOperation(key, body, condition),
      )
      return (await commits.run(operations)).map(outcomeOf)
    },

    async list(options) {
      options.signal?.throwIfAborted()
      const { prefix, startAfter } = options
      return rows.page({ prefix, startAfter, limit: listLimit(options) })
    },

    async delete(key, { signal, ifMatch } = {}) {
      signal?.throwIfAborted()
      checkWrite(key, undefined, {})
      return { ok: (await runOne({ kind: 'delete', key, ifMatch })).ok }
    },

    async stat(key, { signal } = {}) {
      signal?.throwIfAborted()
      checkKey(key)
      return rows.stat(key)
    },

    async get(key, options = {}) {
      options.signal?.throwIfAborted()
      checkKey(key)
      return reader.open(key, options)
    },

    async write(key, content, { signal, size: announced, metadata, ...condition } = {}) {
      signal?.throwIfAborted()
      checkKey(key)
      checkCondition(condition)
      checkMetadata(metadata ?? {})
      const { file, checksums, ...received } = await receiveContent(content, { key, size: announced, signal, files })
      const operation = { kind: 'put', key, ...received, file, crcs: encodeChecksums(checksums), ...condition } as const
      let kept = false
      try {
        const outcome = await runOne({ ...operation, metadata: encodeMetadata(metadata) })
        kept = outcome.ok
        return outcomeOf(outcome)
      } finally {
        if (file !== undefined) {
          // A write whose outcome is unknown may have left a row that names the file: then it stays.
          if (!kept && !rows.needsFile(file)) await files.remove(file).catch(() => {})
          files.release(file)
        }
      }
    },

    async startMultipart(key, { signal } = {}) {
      signal?.throwIfAborted()
      checkKey(key)
      return uploads.start(key)
    },

    openMultipart(key, id) {
      checkKey(key)
      return uploads.open(key, id)
    },

    async ping({ signal } = {}) {
      signal?.throwIfAborted()
      rows.ping()
      await writer.ping()
    },

    stats: () => ({ ...statistics }),
    async sweep() {
      await uploads.abortStale()
      return opened.sweep()
    },

    async close() {
      await uploads.close()
      await opened.close()
    },
  }
}

function putOperation(
  key: string,
  body: Uint8Array,
  { ifAbsent, ifMatch }: { readonly ifAbsent?: boolean; readonly ifMatch?: ETag },
): PutOperation {
  return {
    kind: 'put',
    key,
    size: body.byteLength,
    body,
    crcs: encodeChecksums(checksumsOf([body])),
    ifAbsent,
    ifMatch,
  }
}

function outcomeOf(outcome: Outcome): WriteOutcome {
  return outcome.ok ? { ok: true, etag: outcome.etag as ETag } : { ok: false }
}

function encodeMetadata(metadata: Readonly<Record<string, string>> | undefined): string | undefined {
  return metadata === undefined || Object.keys(metadata).length === 0 ? undefined : JSON.stringify(metadata)
}

/**
 * Receiving a blob: into a file of `ingest/` while hashing, proven, synced, then moved to its name. The name itself is
 * durable once the directory is synced, which a tag does before it names what the blob belongs to.
 *
 * ```
 * exists? -> lock the partial -> re-hash what it has -> open the source there -> append -> prove -> fsync -> publish
 *            (small, or locked by another process: an own temporary file, from the start)
 * ```
 * @module
 */
import { randomBytes } from 'node:crypto'
import { type FileHandle, mkdir, open } from 'node:fs/promises'
import { dirname } from 'node:path'
import { algorithmOf, type Descriptor, Digester, digestOf, isManifestType, OciError } from '@tsreg/oci'
import { maxManifestBytes, type OpenContent } from '@tsreg/oci/content'
import { abortable } from '../files/abortable.ts'
import { BatchWriter } from '../files/batch-writer.ts'
import { makeDirectory, publishFile, removeIfPresent } from '../files/durable.ts'
import { tryFileLock } from '../files/file-lock.ts'
import { readSmallFile, regularFileSize } from '../files/read.ts'
import { hasSystemCode } from '../files/system-error.ts'
import { WriteBack } from '../files/write-back.ts'
import type { LayoutPaths } from './paths.ts'

/** Smaller content is received anew after a failure. */
const resumableBytes = 1024 * 1024
const readSize = 1024 * 1024

export interface Ingest {
  readonly paths: LayoutPaths
  readonly expected: Descriptor
  readonly open: OpenContent
  readonly signal: AbortSignal | undefined
}

/** @throws DIGEST_INVALID, SIZE_INVALID, STORAGE_FULL, what `open` throws, the reason of the signal */
export async function ingestBlob(ingest: Ingest): Promise<void> {
  const { paths, expected, signal } = ingest
  signal?.throwIfAborted()
  algorithmOf(expected.digest)
  const target = paths.blob(expected.digest)
  if (await isThere(target, expected)) return
  await mkdir(paths.ingest, { recursive: true })
  await makeDirectory(dirname(target))
  const isResumable = expected.size >= resumableBytes
  const lock = isResumable ? await tryFileLock(paths.ingested(expected.digest, '.lock')) : undefined
  if (lock === undefined) {
    return receiveInto(ingest, paths.ingested(expected.digest, `.${randomBytes(6).toString('hex')}.tmp`), false)
  }
  try {
    if ((await regularFileSize(target)) === expected.size) return
    await receiveInto(ingest, paths.ingested(expected.digest, '.partial'), true)
  } finally {
    lock.releaseAndRemove()
  }
}

/** A manifest that was damaged on disk is removed, so that a pull repairs it; blobs are too large to be looked at. */
async function isThere(path: string, expected: Descriptor): Promise<boolean> {
  if ((await regularFileSize(path)) !== expected.size) return false
  if (!isManifestType(expected.mediaType) || expected.size > maxManifestBytes) return true
  const bytes = await readSmallFile(path, maxManifestBytes)
  if (bytes !== undefined && digestOf(bytes, algorithmOf(expected.digest)) === expected.digest) return true
  await removeIfPresent(path)
  return false
}

async function receiveInto(ingest: Ingest, file: string, keepPartial: boolean): Promise<void> {
  const handle = await openForWriting(file)
  let keep = false
  try {
    await receive(ingest, handle, file)
    await handle.sync()
    keep = true
  } catch (error) {
    keep = keepPartial && !isWrongContent(error)
    throw error
  } finally {
    await handle.close()
    if (!keep) await removeIfPresent(file)
  }
  await publishFile(file, ingest.paths.blob(ingest.expected.digest), ingest.expected.size)
}

/** Fills the file with the content described. What an earlier transfer left there is used, or dropped when it is wrong. */
async function receive(ingest: Ingest, handle: FileHandle, file: string): Promise<void> {
  const { expected, signal } = ingest
  const resumed = await hashPrefix(handle, expected, signal)
  if (resumed.size > 0) {
    await append(ingest, handle, file, resumed)
    if (resumed.size !== expected.size) throw wrongSize(expected, resumed.size)
    if (resumed.digest() === expected.digest) return
  }
  const fresh = new Digester(algorithmOf(expected.digest))
  // The prefix may be from a source that lied, or from before a power cut: that costs one more transfer.
  await handle.truncate(0)
  await append(ingest, handle, file, fresh)
  if (fresh.size !== expected.size) throw wrongSize(expected, fresh.size)
  const received = fresh.digest()
  if (received === expected.digest) return
  throw new OciError('DIGEST_INVALID', `content has digest ${received}, expected ${expected.digest}`, {
    detail: { expected: expected.digest, received },
  })
}

async function hashPrefix(
  handle: FileHandle,
  expected: Descriptor,
  signal: AbortSignal | undefined,
): Promise<Digester> {
  const digester = new Digester(algorithmOf(expected.digest))
  const { size } = await handle.stat()
  if (size > expected.size) return digester
  const buffer = Buffer.allocUnsafe(Math.min(readSize, Math.max(size, 1)))
  while (digester.size < size) {
    signal?.throwIfAborted()
    const { bytesRead } = await handle.read(buffer, 0, buffer.byteLength, digester.size)
    if (bytesRead === 0) break
    digester.update(buffer.subarray(0, bytesRead))
  }
  return digester
}

/** Goes on after `digester.size` bytes. Whatever arrived is in the file afterwards, also when the source breaks. */
async function append(ingest: Ingest, handle: FileHandle, file: string, digester: Digester): Promise<void> {
  const { expected, signal } = ingest
  if (digester.size === expected.size && expected.size > 0) return
  const writer = new BatchWriter(handle, file, digester.size)
  const writeBack = new WriteBack(handle, file)
  const content = await ingest.open({ offset: digester.size, signal })
  try {
    for await (const chunk of abortable(content, signal)) {
      const { byteLength } = chunk
      if (digester.size + byteLength > expected.size) throw wrongSize(expected, undefined)
      digester.update(chunk)
      await writer.write(chunk)
      writeBack.wrote(byteLength)
    }
  } finally {
    await writer.flush().finally(() => writeBack.settled())
  }
}

async function openForWriting(file: string): Promise<FileHandle> {
  try {
    return await open(file, 'r+')
  } catch (error) {
    if (!hasSystemCode(error, 'ENOENT')) throw error
    return open(file, 'wx+')
  }
}

function isWrongContent(error: unknown): boolean {
  return error instanceof OciError && (error.code === 'DIGEST_INVALID' || error.detail?.received === 'more')
}

function wrongSize({ digest, size }: Descriptor, received: number | undefined): OciError {
  return new OciError('SIZE_INVALID', `content of ${digest} has ${received ?? 'more'} bytes, expected ${size}`, {
    detail: { digest, expected: size, received: received ?? 'more' },
  })
}

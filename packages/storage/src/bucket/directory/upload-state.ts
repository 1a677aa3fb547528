/**
 * What this process knows of one open multipart upload, shared by everybody who opened it: the data file, the ETag of
 * each part, and the checksums of the parts that it has written itself.
 * @module
 */
import { setImmediate } from 'node:timers/promises'
import { OciError } from '@tsreg/oci'
import type { ETag, Part } from '../bucket.ts'
import { preconditionFailed, uploadUnknown } from '../check-arguments.ts'
import { type BlockChecksums, blockBytes, blockCount, checksumsOf, grown } from './checksums.ts'
import type { DataFile } from './data-files.ts'
import { isEtagOf, newPartEtag } from './part-etags.ts'

export interface UploadState {
  readonly key: string
  readonly file: string
  /** Writes of one part follow each other; those of different parts run at once. */
  writePart(number: number, content: readonly Uint8Array[], size: number): Promise<ETag>
  flush(): Promise<void>
  /**
   * Makes the file exactly what `parts` say, durably, and gives its checksums.
   * @throws PRECONDITION_FAILED when a part is not the recorded one.
   */
  settle(parts: readonly Part[], totalBytes: number): Promise<BlockChecksums>
  /** Runs `work` while no part is being written. */
  exclusively<T>(work: () => Promise<T>): Promise<T>
  /** The upload was completed or aborted. */
  ended: boolean
  /** Clock reading of the last use. */
  usedAt: number
  /** Closes the descriptor; the next use opens it again. */
  close(): Promise<void>
}

export interface UploadStateOptions {
  readonly key: string
  readonly file: string
  readonly partSize: number
  readonly open: () => Promise<DataFile>
}

/** Marks a part whose bytes in the file are of no version. */
const noVersion = '' as ETag

export function uploadState({ key, file, partSize, open }: UploadStateOptions): UploadState {
  const etags: (ETag | undefined)[] = []
  const lastWrites = new Map<number, Promise<unknown>>()
  const blocksPerPart = partSize / blockBytes
  let checksums: BlockChecksums = new Uint32Array(blocksPerPart)
  let handle: Promise<DataFile> | undefined
  let dirty = false
  let exclusive: Promise<unknown> = Promise.resolve()
  let broken: unknown

  /** After a failed sync nobody knows what is on the disk: the kernel has forgotten what it could not write. */
  function checkUsable(): void {
    if (broken === undefined) return
    throw new OciError('UNAVAILABLE', `${key}: the upload could not be made durable and must start again`, {
      cause: broken,
    })
  }

  function dataFile(): Promise<DataFile> {
    handle ??= open()
    // The next use tries again.
    handle.catch(() => {
      handle = undefined
    })
    return handle
  }

  async function write(number: number, content: readonly Uint8Array[], size: number): Promise<ETag> {
    if (state.ended) throw uploadUnknown(key, file.replace('/', ''))
    checkUsable()
    etags[number - 1] = noVersion
    dirty = true
    const target = await dataFile()
    await target.write(content, (number - 1) * partSize)
    const written = checksumsOf(content)
    remember(number, written)
    const etag = newPartEtag(size, written)
    etags[number - 1] = etag
    return etag
  }

  function remember(number: number, written: BlockChecksums): void {
    const from = (number - 1) * blocksPerPart
    if (from + blocksPerPart > checksums.length) checksums = grown(checksums, from + blocksPerPart)
    checksums.set(written, from)
  }

  async function sync(): Promise<void> {
    checkUsable()
    if (!dirty) return
    dirty = false
    try {
      await (await dataFile()).sync()
    } catch (error) {
      broken = error
      throw error
    }
  }

  async function verify({ number, size, etag }: Part, buffer: Buffer): Promise<void> {
    const latest = etags[number - 1]
    if (latest === undefined) remember(number, await checksumsInFile(number, size, buffer))
    const from = (number - 1) * blocksPerPart
    const known = checksums.subarray(from, from + blockCount(size))
    if ((latest === undefined || latest === etag) && isEtagOf(etag, size, known)) return
    throw preconditionFailed(key, `part ${number} is not the one recorded as ${etag}`)
  }

  async function checksumsInFile(number: number, size: number, buffer: Buffer): Promise<BlockChecksums> {
    // Written before this process started, and perhaps never synced by anybody who lived to tell.
    dirty = true
    const target = await dataFile()
    let filled = 0
    while (filled < size) {
      const bytes = await target.read(buffer.subarray(filled, size), (number - 1) * partSize + filled)
      if (bytes === 0) break
      filled += bytes
    }
    return checksumsOf([buffer.subarray(0, filled)])
  }

  const state: UploadState = {
    key,
    file,
    ended: false,
    usedAt: performance.now(),
    async writePart(number, content, size) {
      const previous = Promise.allSettled([exclusive, lastWrites.get(number)])
      const writing = previous.then(() => write(number, content, size))
      lastWrites.set(number, writing)
      try {
        return await writing
      } finally {
        if (lastWrites.get(number) === writing) lastWrites.delete(number)
      }
    },
    flush: sync,
    async settle(parts, totalBytes) {
      const buffer = Buffer.allocUnsafe(partSize)
      for (const [index, part] of parts.entries()) {
        await verify(part, buffer)
        // Thousands of fingerprints in one turn would hold up everybody else.
        if (index % 500 === 499) await setImmediate()
      }
      const target = await dataFile()
      await target.truncate(totalBytes)
      etags.length = parts.length
      dirty = true
      await sync()
      return checksums.slice(0, blockCount(totalBytes))
    },
    async exclusively(work) {
      const running = Promise.allSettled([exclusive, ...lastWrites.values()]).then(work)
      exclusive = running
      return running
    },
    async close() {
      const open = handle
      handle = undefined
      await (await open?.catch(() => undefined))?.close()
    },
  }
  return state
}

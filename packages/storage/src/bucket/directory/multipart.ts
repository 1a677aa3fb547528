/**
 * Multipart uploads of a directory: each part is written straight to its place in the one data file, and completing
 * is a sync and a row. The id is the file's name, so any process can re-open an upload.
 * @module
 */
import { stat } from 'node:fs/promises'
import type { OperationOptions } from '@tsreg/oci/content'
import type { ETag, MultipartUpload, Part, WriteObjectOptions } from '../bucket.ts'
import { checkCondition, checkMetadata, uploadUnknown } from '../check-arguments.ts'
import { checkPart, checkParts } from '../check-parts.ts'
import type { BlockChecksums } from './checksums.ts'
import type { DataFiles } from './data-files.ts'
import type { Rows } from './rows.ts'
import { type UploadState, uploadState } from './upload-state.ts'
import type { Writer } from './writer.ts'

export interface Multiparts {
  start(key: string): Promise<MultipartUpload>
  open(key: string, id: string): MultipartUpload
  /** Aborts uploads that nobody has written to for a week; whoever started them died before it could tell anybody. */
  abortStale(): Promise<void>
  /** Closes all files. */
  close(): Promise<void>
}

/** A data file that is to become the object `key` and ends its upload. @throws PRECONDITION_FAILED */
export type CommitUpload = (
  object: {
    readonly key: string
    readonly file: string
    readonly size: number
    readonly checksums: BlockChecksums
  },
  options: Omit<WriteObjectOptions, 'size' | 'signal'>,
) => Promise<ETag>

export interface MultipartsOptions {
  readonly files: DataFiles
  readonly rows: Rows
  readonly writer: Writer
  readonly commit: CommitUpload
  readonly partSize: number
  /** Milliseconds since 1970. */
  readonly now: () => number
}

/** An upload nobody uses gives its descriptor back, and much later its memory: both can be had again from the file. */
const idleDescriptorMs = 30_000
const idleStateMs = 60 * 60_000
const staleMs = 7 * 24 * 60 * 60_000

export function multiparts(options: MultipartsOptions): Multiparts {
  const { files, rows, writer, commit, partSize, now } = options
  const states = new Map<string, UploadState>()
  const idleTimer = setInterval(closeIdle, idleDescriptorMs / 2)
  idleTimer.unref()

  function closeIdle(): void {
    for (const [id, state] of states) {
      const idleMs = performance.now() - state.usedAt
      if (idleMs > idleStateMs) states.delete(id)
      // Not in the middle of a slow write: closing waits for its turn.
      if (idleMs > idleDescriptorMs) void state.exclusively(state.close).catch(() => {})
    }
  }

  function newState(key: string, id: string): UploadState {
    const file = fileOf(id)
    const state = uploadState({ key, file, partSize, open: () => files.openForWriting(file) })
    states.set(id, state)
    return state
  }

  /** The upload if it is open, from memory or from its row. */
  function find(key: string, id: string): UploadState | undefined {
    const known = states.get(id)
    if (known !== undefined) return known.key === key && !known.ended ? known : undefined
    if (!/^[0-9a-f]{32}$/.test(id) || rows.multipartKey(fileOf(id)) !== key) return undefined
    return newState(key, id)
  }

  function use(key: string, id: string): UploadState {
    const state = find(key, id)
    if (state === undefined) throw uploadUnknown(key, id)
    state.usedAt = performance.now()
    return state
  }

  function end(id: string, state: UploadState): Promise<void> {
    state.ended = true
    states.delete(id)
    return state.close()
  }

  async function abort(state: UploadState, id: string): Promise<void> {
    if (state.ended) return
    const { key, file } = state
    await writer.submit([{ kind: 'end-multipart', key, file }])
    await end(id, state)
    await files.remove(file)
    files.release(file)
  }

  async function complete(state: UploadState, id: string, parts: readonly Part[], options: WriteObjectOptions) {
    const { key, file } = state
    if (state.ended) throw uploadUnknown(key, id)
    const size = checkParts(key, parts, partSize)
    const checksums = await state.settle(parts, size)
    const etag = await commit({ key, file, size, checksums }, options)
    await end(id, state)
    files.release(file)
    return etag
  }

  function open(key: string, id: string): MultipartUpload {
    return {
      id,
      partSize,
      async part(number, content, { signal }: OperationOptions = {}) {
        signal?.throwIfAborted()
        const size = checkPart(key, number, content, partSize)
        const state = use(key, id)
        const etag = await state.writePart(number, content, size)
        state.usedAt = performance.now()
        return { number, size, etag }
      },
      async flush({ signal }: OperationOptions = {}) {
        signal?.throwIfAborted()
        await use(key, id).flush()
      },
      async complete(parts, { signal, ...options } = {}) {
        signal?.throwIfAborted()
        checkCondition(options)
        checkMetadata(options.metadata ?? {})
        const state = use(key, id)
        return state.exclusively(() => complete(state, id, parts, options))
      },
      async abort({ signal }: OperationOptions = {}) {
        signal?.throwIfAborted()
        const state = find(key, id)
        await state?.exclusively(() => abort(state, id))
      },
    }
  }

  return {
    async start(key) {
      const file = files.newName()
      await writer.submit([{ kind: 'start-multipart', key, file }])
      // Its row protects it from now on.
      files.release(file)
      const id = file.replace('/', '')
      newState(key, id)
      return open(key, id)
    },
    open,
    async abortStale() {
      const limit = now() - staleMs
      for (const { file, key } of rows.multipartsStartedBefore(limit)) {
        const id = file.replace('/', '')
        const written = await stat(files.path(file)).catch(() => undefined)
        if (!states.has(id) && (written?.mtimeMs ?? 0) < limit) await open(key, id).abort()
      }
    },
    async close() {
      clearInterval(idleTimer)
      await Promise.all([...states.values()].map((state) => state.exclusively(state.close)))
      states.clear()
    },
  }
}

const fileOf = (id: string): string => `${id.slice(0, 2)}/${id.slice(2)}`

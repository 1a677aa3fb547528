/**
 * A bucket without compare-and-swap, for one writing process: the conditions are checked here, one write of a key at a
 * time. `sole-writer.ts` looks for a second process, and every write asks it first.
 * @module
 */
import type { Bucket, CellWrite, ETag, MultipartUpload, WriteCondition, WriteOutcome } from './bucket/bucket.ts'
import { checkCondition } from './bucket/check-arguments.ts'

/** @param assertHeld throws when this process may not write any more */
export function singleWriter(bucket: Bucket, assertHeld: () => void = () => {}): Bucket {
  const queues = new Map<string, Promise<unknown>>()

  function inOrder<T>(key: string, work: () => Promise<T>): Promise<T> {
    const before = queues.get(key) ?? Promise.resolve()
    const mine = before.then(work, work)
    const settled = mine
      .catch(() => {})
      .finally(() => {
        if (queues.get(key) === settled) queues.delete(key)
      })
    queues.set(key, settled)
    return mine
  }

  async function holds(key: string, condition: WriteCondition): Promise<boolean> {
    assertHeld()
    checkCondition(condition)
    const { ifAbsent, ifMatch } = condition
    if (ifAbsent !== true && ifMatch === undefined) return true
    const found = await bucket.stat(key)
    return ifAbsent === true ? found === undefined : found?.etag === ifMatch
  }

  async function apply({ key, body, ...condition }: CellWrite, options: { signal?: AbortSignal | undefined }) {
    return await inOrder(key, async (): Promise<WriteOutcome> => {
      if (!(await holds(key, condition))) return { ok: false }
      if (body !== undefined) return await bucket.put(key, body, options)
      await bucket.delete(key, options)
      return { ok: true, etag: '' as ETag }
    })
  }

  /** Keys of multipart uploads are random: the condition holds anyway. */
  function unconditional(upload: MultipartUpload): MultipartUpload {
    return {
      id: upload.id,
      partSize: upload.partSize,
      async part(number, content, options) {
        assertHeld()
        return await upload.part(number, content, options)
      },
      flush: (options) => upload.flush(options),
      async complete(parts, { ifAbsent: _, ifMatch: __, ...options } = {}) {
        assertHeld()
        return await upload.complete(parts, options)
      },
      abort: (options) => upload.abort(options),
    }
  }

  return {
    ...bucket,
    // A conditional DELETE alone does not make two writers safe: what is dead stays as a tombstone.
    capabilities: { cas: false, conditionalDelete: false },
    put: (key, body, { signal, ...condition } = {}) => apply({ key, body, ...condition }, { signal }),
    batch: (writes, options = {}) => Promise.all(writes.map((write) => apply(write, options))),
    async delete(key, options) {
      assertHeld()
      return await bucket.delete(key, options)
    },
    write: (key, content, { ifAbsent, ifMatch, ...options } = {}) =>
      inOrder(key, async () => {
        const condition = {
          ...(ifAbsent === undefined ? {} : { ifAbsent }),
          ...(ifMatch === undefined ? {} : { ifMatch }),
        }
        if (!(await holds(key, condition))) return { ok: false }
        return await bucket.write(key, content, options)
      }),
    startMultipart: async (key, options) => unconditional(await bucket.startMultipart(key, options)),
    openMultipart: (key, id) => unconditional(bucket.openMultipart(key, id)),
  }
}

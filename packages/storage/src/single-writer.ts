/**
 * A bucket without compare-and-swap, for one writing process: the conditions are checked here, one write of a key at a
 * time. A second process would not be seen; that there is none is the operator's word.
 * @module
 */
import type { Bucket, CellWrite, ETag, MultipartUpload, WriteCondition, WriteOutcome } from './bucket/bucket.ts'

export function singleWriter(bucket: Bucket): Bucket {
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

  async function holds(key: string, { ifAbsent, ifMatch }: WriteCondition): Promise<boolean> {
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

  return {
    ...bucket,
    put: (key, body, { signal, ...condition } = {}) => apply({ key, body, ...condition }, { signal }),
    batch: (writes, options = {}) => Promise.all(writes.map((write) => apply(write, options))),
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

/** Keys of multipart uploads are random: the condition holds anyway. */
function unconditional(upload: MultipartUpload): MultipartUpload {
  return {
    id: upload.id,
    partSize: upload.partSize,
    part: (number, content, options) => upload.part(number, content, options),
    flush: (options) => upload.flush(options),
    complete: (parts, { ifAbsent: _, ifMatch: __, ...options } = {}) => upload.complete(parts, options),
    abort: (options) => upload.abort(options),
  }
}

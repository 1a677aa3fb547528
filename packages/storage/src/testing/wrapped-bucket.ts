/**
 * A bucket around another one: every operation passes through one function, which may count it, delay it, or break it.
 * @module
 */
import type { Bucket, MultipartUpload } from '../bucket/index.ts'

export interface BucketOperation {
  /** Of the method; parts and completions of multipart uploads are `part`, `complete`, `abort`. */
  readonly name: string
  /** What it touches: one key, or each key of a batch. */
  readonly keys: readonly string[]
  /** Bytes of the bodies it writes; of streams, of those that were announced. */
  readonly bytes: number
  readonly isWrite: boolean
  /** True for a write whose request is never made twice. */
  readonly isOnce?: boolean
}

/** @param call does it, as often as it is called */
export type AroundOperation = <T>(operation: BucketOperation, call: () => Promise<T>) => Promise<T>

export function wrapBucket(inner: Bucket, around: AroundOperation): Bucket {
  const read = (name: string, key: string) => ({ name, keys: [key], bytes: 0, isWrite: false })
  const write = (name: string, keys: readonly string[], bytes = 0) => ({ name, keys, bytes, isWrite: true })

  function wrapUpload(key: string, upload: MultipartUpload): MultipartUpload {
    return {
      id: upload.id,
      partSize: upload.partSize,
      part: (number, content, options) => {
        const bytes = content.reduce((sum, { byteLength }) => sum + byteLength, 0)
        return around(write('part', [key], bytes), () => upload.part(number, content, options))
      },
      flush: (options) => upload.flush(options),
      complete: (parts, options) => around(write('complete', [key]), () => upload.complete(parts, options)),
      abort: (options) => around(write('abort', [key]), () => upload.abort(options)),
    }
  }

  return {
    capabilities: inner.capabilities,
    read: (key, options) => around(read('read', key), () => inner.read(key, options)),
    put: (key, body, options = {}) =>
      around({ ...write('put', [key], body.byteLength), isOnce: options.once === true }, () =>
        inner.put(key, body, options),
      ),
    batch: (writes, options) => {
      const bytes = writes.reduce((sum, { body }) => sum + (body?.byteLength ?? 0), 0)
      return around(
        write(
          'batch',
          writes.map(({ key }) => key),
          bytes,
        ),
        () => inner.batch(writes, options),
      )
    },
    list: (options) => around(read('list', options.prefix), () => inner.list(options)),
    delete: (key, condition) => around(write('delete', [key]), () => inner.delete(key, condition)),
    stat: (key, options) => around(read('stat', key), () => inner.stat(key, options)),
    get: (key, options) => around(read('get', key), () => inner.get(key, options)),
    write: (key, content, options) =>
      around(write('write', [key], options?.size ?? 0), () => inner.write(key, content, options)),
    startMultipart: (key, options) =>
      around(write('start', [key]), async () => wrapUpload(key, await inner.startMultipart(key, options))),
    openMultipart: (key, id) => wrapUpload(key, inner.openMultipart(key, id)),
    ping: (options) => inner.ping(options),
    close: () => inner.close(),
  }
}

/**
 * What the double keeps: objects in byte order and multipart uploads, in memory. Its methods are synchronous, so each is
 * atomic.
 * @module
 */
import { createHash, randomUUID } from 'node:crypto'
import { type SortedKeys, sortedKeys } from '../../bucket/sorted-keys.ts'
import { noSuchUpload, S3Error } from './s3-error.ts'

export interface ObjectHeaders {
  readonly contentType: string
  /** Lower-case names without `x-amz-meta-`. */
  readonly metadata: Readonly<Record<string, string>>
}

export interface StoredObject extends ObjectHeaders {
  readonly body: Buffer
  /** Without quotes. */
  readonly etag: string
  readonly modifiedMs: number
}

export interface StoredPart {
  readonly body: Buffer
  readonly etag: string
  readonly modifiedMs: number
}

export interface StoredUpload extends ObjectHeaders {
  readonly id: string
  readonly bucket: string
  readonly key: string
  readonly parts: Map<number, StoredPart>
}

/** One bucket's objects. */
export interface StoredBucket {
  readonly keys: SortedKeys
  readonly objects: Map<string, StoredObject>
}

export interface S3Store {
  /** @throws S3Error NoSuchBucket */
  bucket(name: string): StoredBucket
  put(bucket: string, key: string, object: Omit<StoredObject, 'modifiedMs'>): StoredObject
  delete(bucket: string, key: string): void
  startUpload(upload: Omit<StoredUpload, 'id' | 'parts'>): StoredUpload
  /** @throws S3Error NoSuchUpload, for another key's upload too */
  upload(bucket: string, key: string, id: string): StoredUpload
  putPart(upload: StoredUpload, number: number, body: Buffer): StoredPart
  /** Makes the object, and remembers the completion. */
  complete(upload: StoredUpload, object: Omit<StoredObject, 'modifiedMs'>): StoredObject
  /** What an upload became that is over; undefined when it was aborted or never was. */
  completed(id: string): StoredObject | undefined
  abort(upload: StoredUpload): void
  uploads(): readonly StoredUpload[]
}

export function createStore(names: readonly string[], now: () => number): S3Store {
  const buckets = new Map<string, StoredBucket>()
  for (const name of names) buckets.set(name, { keys: sortedKeys(), objects: new Map() })
  const uploads = new Map<string, StoredUpload>()
  const completed = new Map<string, StoredObject>()

  const store: S3Store = {
    bucket(name) {
      const bucket = buckets.get(name)
      if (bucket === undefined) throw new S3Error(404, 'NoSuchBucket', `there is no bucket ${name}`)
      return bucket
    },
    put(name, key, object) {
      const { keys, objects } = store.bucket(name)
      const stored = { ...object, modifiedMs: now() }
      if (!objects.has(key)) keys.add(key)
      objects.set(key, stored)
      return stored
    },
    delete(name, key) {
      const { keys, objects } = store.bucket(name)
      if (objects.delete(key)) keys.delete(key)
    },
    startUpload(upload) {
      const started = { ...upload, id: randomUUID(), parts: new Map() }
      uploads.set(started.id, started)
      return started
    },
    upload(bucket, key, id) {
      const upload = uploads.get(id)
      if (upload === undefined || upload.bucket !== bucket || upload.key !== key) throw noSuchUpload(id)
      return upload
    },
    putPart(upload, number, body) {
      const part = { body, etag: md5(body), modifiedMs: now() }
      upload.parts.set(number, part)
      return part
    },
    complete(upload, object) {
      const stored = store.put(upload.bucket, upload.key, object)
      uploads.delete(upload.id)
      completed.set(upload.id, stored)
      return stored
    },
    completed: (id) => completed.get(id),
    abort(upload) {
      uploads.delete(upload.id)
    },
    uploads: () => [...uploads.values()],
  }
  return store
}

/** The ETag of a plain PUT. */
export function md5(body: Buffer): string {
  return createHash('md5').update(body).digest('hex')
}

/** The ETag of a completed upload: the hash of its parts' hashes, and their number. */
export function multipartETag(etags: readonly string[]): string {
  const hash = createHash('md5')
  for (const etag of etags) hash.update(etag, 'hex')
  return `${hash.digest('hex')}-${etags.length}`
}

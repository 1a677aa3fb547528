/**
 * A bucket on any server that speaks S3.
 * @module
 */
import { HeadBucketCommand, type S3ClientConfig } from '@aws-sdk/client-s3'
import { isOciError, OciError } from '@tsreg/oci'
import { mapBounded } from '../../bounded.ts'
import type { Bucket, CellWrite, PutOptions, WriteOutcome } from '../bucket.ts'
import { checkCondition, checkMetadata, checkWrite } from '../check-arguments.ts'
import { checkKey } from '../keys.ts'
import { createClient } from './client.ts'
import { putObject } from './conditional-write.ts'
import { signedContent } from './content.ts'
import type { S3Context } from './context.ts'
import { deleteObject } from './delete-object.ts'
import { bucketError } from './failures.ts'
import { listObjects } from './list.ts'
import type { S3Location } from './location.ts'
import { openMultipart, startMultipart } from './multipart.ts'
import { maxParts, smallestPartBytes } from './part-size.ts'
import { probe } from './probe.ts'
import { getObject, readCell, statObject } from './read-object.ts'
import { createRequests, type S3RequestEvent } from './requests.ts'
import { signedUrl } from './signed-url.ts'
import { writeObject } from './write-object.ts'

export interface S3BucketOptions {
  /** Told of every request that was made, each try for itself. @default nobody */
  readonly onRequest?: (event: S3RequestEvent) => void
  /** The endpoint in presigned URLs; wins over the location's. */
  readonly publicEndpoint?: string | undefined
  /** Requests under way at once; bodies that are being read do not count. @default 64 */
  readonly concurrency?: number
  /** @default the whole chain of the SDK: environment, profile, web identity, container, instance */
  readonly credentials?: NonNullable<S3ClientConfig['credentials']>
  /** Least size of a part in bytes; servers refuse less than 5 MiB. @default 8388608 */
  readonly partBytes?: number
  /** Most parts of an object. @default 10000 */
  readonly maxParts?: number
  /** Scales the waits between tries, for tests. @default 1 */
  readonly delayFactor?: number
}

/**
 * Opens the bucket, which must exist, and finds out what the server can do.
 * @throws UNAVAILABLE when the server does not answer, the bucket does not exist, or the credentials are not enough
 */
export async function s3Bucket(location: S3Location, options: S3BucketOptions = {}): Promise<Bucket> {
  const { credentials, publicEndpoint = location.publicEndpoint } = options
  const given = credentials === undefined ? {} : { credentials }
  const client = createClient(location, given)
  const urlClient =
    publicEndpoint === undefined ? client : createClient(location, { ...given, endpoint: publicEndpoint })
  const close = (): void => {
    client.destroy()
    urlClient.destroy()
  }
  const s3: S3Context = {
    client,
    location,
    requests: createRequests({
      bucket: location.bucket,
      onRequest: options.onRequest ?? (() => {}),
      concurrency: options.concurrency ?? 64,
      delayFactor: options.delayFactor ?? 1,
    }),
    partBytes: options.partBytes ?? smallestPartBytes,
    maxParts: options.maxParts ?? maxParts,
    found: { cas: false, conditionalDelete: false, etagForm: 'plain' },
  }
  try {
    await checkBucket(s3)
    return bucketOn({ ...s3, found: await probe(s3) }, { urlClient, close })
  } catch (error) {
    close()
    throw error
  }
}

interface Clients {
  readonly urlClient: S3Context['client']
  readonly close: () => void
}

function bucketOn(s3: S3Context, { urlClient, close }: Clients): Bucket {
  const { cas, conditionalDelete } = s3.found

  async function apply(
    { key, body, ...condition }: CellWrite & Pick<PutOptions, 'once'>,
    signal: AbortSignal | undefined,
  ): Promise<WriteOutcome> {
    checkWrite(key, body, condition)
    if (body !== undefined) return await putObject(s3, key, signedContent([body]), { ...condition, signal })
    const { ok } = await deleteObject(s3, key, { ...condition, signal })
    return ok ? { ok, etag: '' as never } : { ok }
  }

  return {
    capabilities: { cas, conditionalDelete },
    // One part is sent while the next one fills; larger ones are sent alone.
    heldBytes: 2 * s3.partBytes,

    async read(key, { signal } = {}) {
      signal?.throwIfAborted()
      checkKey(key)
      return await readCell(s3, key, { signal })
    },

    async put(key, body, { signal, ...condition } = {}) {
      signal?.throwIfAborted()
      return await apply({ key, body, ...condition }, signal)
    },

    async batch(writes, { signal } = {}) {
      signal?.throwIfAborted()
      for (const { key, body, ...condition } of writes) checkWrite(key, body, condition)
      return await inOrderOfKeys(writes, (write) => apply(write, signal))
    },

    async list(options) {
      options.signal?.throwIfAborted()
      return await listObjects(s3, options)
    },

    async delete(key, { signal, ...condition } = {}) {
      signal?.throwIfAborted()
      checkWrite(key, undefined, condition)
      return await deleteObject(s3, key, { ...condition, signal })
    },

    async stat(key, { signal } = {}) {
      signal?.throwIfAborted()
      checkKey(key)
      return await statObject(s3, key, { signal })
    },

    async get(key, { signal, ...options } = {}) {
      signal?.throwIfAborted()
      checkKey(key)
      return await getObject(s3, key, { ...options, signal })
    },

    async write(key, content, options = {}) {
      options.signal?.throwIfAborted()
      checkKey(key)
      checkCondition(options)
      checkMetadata(options.metadata ?? {})
      return await writeObject(s3, key, content, options)
    },

    async startMultipart(key, options = {}) {
      options.signal?.throwIfAborted()
      checkKey(key)
      return await startMultipart(s3, key, options)
    },

    openMultipart(key, id) {
      checkKey(key)
      return openMultipart(s3, key, id)
    },

    signedUrl: (key, options) => signedUrl(s3, urlClient, key, options),

    async ping({ signal } = {}) {
      signal?.throwIfAborted()
      await checkBucket(s3, signal)
    },

    async close() {
      close()
    },
  }
}

/** Writes of one key one after the other, as they stand; of different keys at once. */
async function inOrderOfKeys(
  writes: readonly CellWrite[],
  apply: (write: CellWrite) => Promise<WriteOutcome>,
): Promise<readonly WriteOutcome[]> {
  const lanes = [...Map.groupBy(writes.entries(), ([, { key }]) => key).values()]
  const outcomes: WriteOutcome[] = new Array(writes.length)
  await mapBounded(lanes, async (lane) => {
    for (const [index, write] of lane) outcomes[index] = await apply(write)
  })
  return outcomes
}

/** @throws UNAVAILABLE */
async function checkBucket({ client, location, requests }: S3Context, signal?: AbortSignal): Promise<void> {
  const { bucket } = location
  try {
    await requests.run({ operation: 'HeadBucket', key: '', signal, timeoutMs: 5000 }, (send) =>
      client.send(new HeadBucketCommand({ Bucket: bucket }), send),
    )
  } catch (error) {
    signal?.throwIfAborted()
    if (error instanceof OciError) throw isOciError(error, 'UNAVAILABLE') ? error : unavailable(error)
    throw bucketError(Object.assign(new Error(), { name: 'NoSuchBucket', $metadata: { httpStatusCode: 404 } }), {
      bucket,
      operation: 'HeadBucket',
      key: '',
    })
  }
}

function unavailable({ message, detail }: OciError): OciError {
  return new OciError('UNAVAILABLE', message, detail === undefined ? {} : { detail })
}

/**
 * The blobs of one repository: a link says that they may be read here, a pointer where their bytes are.
 * @module
 */
import { Readable } from 'node:stream'
import { type Digest, isOciError, OciError } from '@tsreg/oci'
import type { OperationOptions } from '@tsreg/oci/content'
import { findUser } from './blob-references.ts'
import { linkPresent } from './commit.ts'
import { contention, maxTurns, type StorageContext } from './context.ts'
import { signingAllowanceMs } from './deletion-delay.ts'
import { readLink } from './link.ts'
import { linkKey, pointerKey } from './paths.ts'
import { isPresent, type PresentPointer, readPointer } from './pointer.ts'
import type { BlobStore } from './repository.ts'

/** What is kept of a pointer for readers. */
interface Location {
  readonly size: number
  readonly key: string | undefined
  readonly inline: Uint8Array
}

export function blobStore(context: StorageContext, repository: string): BlobStore {
  const { bucket, cache, cells } = context

  async function locate(digest: Digest, options: OperationOptions): Promise<Location> {
    const key = linkKey(repository, digest)
    const link = cache.through(
      key,
      async () => ((await readLink(context, { repository, digest }, options)).header ? true : undefined),
      () => 0,
    )
    const pointer = cache.through(
      pointerKey(digest),
      () => readLocation(digest, options),
      (found) => found.inline.byteLength,
    )
    const [linked, location] = await Promise.all([link, pointer])
    if (linked === undefined || location === undefined) throw unknown(digest)
    return location
  }

  async function readLocation(digest: Digest, options: OperationOptions): Promise<Location | undefined> {
    const pointer = await readPointer(context, digest, options)
    return isPresent(pointer) ? locationOf(pointer) : undefined
  }

  const unknown = (digest: Digest) =>
    new OciError('BLOB_UNKNOWN', `blob ${digest} is not in repository ${repository}`, {
      detail: { name: repository, digest },
    })

  return {
    async stat(digest, options = {}) {
      return { digest, size: (await locate(digest, options)).size }
    },

    async open(digest, options = {}) {
      const { range, signal } = options
      const location = await locate(digest, { signal })
      if (location.key === undefined) return readInline(location.inline, options)
      try {
        return await bucket.get(location.key, options)
      } catch (error) {
        if (!isOciError(error, 'BLOB_UNKNOWN')) throw error
        // The pointer was remembered from before the blob was collected and pushed again.
        cache.drop(pointerKey(digest))
        const now = await locate(digest, { signal })
        if (now.key === undefined) return readInline(now.inline, range === undefined ? {} : { range })
        if (now.key !== location.key) return await bucket.get(now.key, options)
        throw new OciError('CONTENT_CORRUPT', `the bytes of blob ${digest} are missing from the storage; run fsck`, {
          detail: { digest, key: now.key },
          cause: error,
        })
      }
    },

    async signedUrl(digest, { expiresSeconds, signal }) {
      const { signedUrlMs, now } = context.options
      if (signedUrlMs === 0 || bucket.signedUrl === undefined) return undefined
      if (expiresSeconds * 1000 > signedUrlMs) {
        throw new TypeError(`expiresSeconds: ${expiresSeconds} s are more than the ${signedUrlMs} ms of signedUrlMs`)
      }
      const begun = now()
      const { key } = await locate(digest, { signal })
      if (key === undefined) return undefined
      const url = await bucket.signedUrl(key, { expiresSeconds, contentType: 'application/octet-stream' })
      return now() - begun > signingAllowanceMs ? undefined : url
    },

    async mount(digest, from, options = {}) {
      if (from !== undefined) {
        const { header } = await readLink(context, { repository: from, digest }, options)
        if (header === undefined) return false
      }
      return await linkPresent(context, { repository, digest }, options)
    },

    async delete(digest, { force = false, signal } = {}) {
      for (let turn = 0; turn < maxTurns; turn++) {
        const { header, version } = await readLink(context, { repository, digest }, { signal })
        if (header === undefined || version === undefined) throw unknown(digest)
        const user = force ? undefined : await findUser(context, { repository, digest }, { signal })
        if (user !== undefined) throw referenced(repository, digest, user)
        const key = linkKey(repository, digest)
        const done = await cells.bury(key, version, { signal })
        cache.drop(key)
        if (done) return
      }
      throw contention(`link of ${digest} in ${repository}`)
    },
  }
}

function locationOf({ header: { size, key }, payload }: PresentPointer): Location {
  return { size, key, inline: key === undefined ? payload : new Uint8Array(0) }
}

function readInline(bytes: Uint8Array, { range }: Parameters<BlobStore['open']>[1] & object): Readable {
  const wanted = range === undefined ? bytes : bytes.subarray(range.start, range.end + 1)
  return Readable.from(wanted.byteLength === 0 ? [] : [wanted])
}

function referenced(name: string, digest: Digest, manifest: Digest): OciError {
  const message = `blob ${digest} is needed by manifest ${manifest} of ${name}; delete that first`
  return new OciError('REFERENCED', message, { detail: { name, digest, manifest } })
}

/**
 * Pushes a blob: looks whether it is there, and opens upload sessions until one gets through.
 * @module
 */
import { type Descriptor, isOciError } from '@tsreg/oci'
import type { OpenContent, OperationOptions } from '@tsreg/oci/content'
import { blobExists } from './blobs.ts'
import type { RepositoryContext } from './context.ts'
import { SessionLost, Upload } from './upload.ts'
import { cancelUpload, startUpload } from './upload-session.ts'

/**
 * Success when the blob is there, whoever put it there. An upload that is given up is cancelled.
 * @throws DIGEST_INVALID, SIZE_INVALID when the bytes are not those described; what the registry says; ClientError.
 */
export async function pushBlob(
  context: RepositoryContext,
  target: Descriptor,
  open: OpenContent,
  options: OperationOptions = {},
): Promise<void> {
  const opened = context.sessions.get(target.digest)
  context.sessions.delete(target.digest)
  const known = context.missing.delete(target.digest) || opened !== undefined
  if (!known && (await blobExists(context, target.digest, options))) return
  for (let count = 1; ; count++) {
    const session = (count === 1 ? opened : undefined) ?? (await startUpload(context, target.digest, options))
    // A registry that forgets a session with its cut PUT may keep one whose PATCH was cut. (distribution 2 keeps none.)
    const upload = new Upload(context, session, { target, open, signal: options.signal, whole: count === 1 })
    try {
      return await upload.run()
    } catch (error) {
      if (!(error instanceof SessionLost)) await cancelUpload(context, session)
      options.signal?.throwIfAborted()
      // Pieces that do not fit together: what the registry kept of a cut request is not what was sent.
      const spoilt = upload.resumed && isOciError(error) && error.detail?.status === 400
      if (count < context.transport.retry.attempts && (error instanceof SessionLost || spoilt)) continue
      throw error instanceof SessionLost ? error.reason : error
    } finally {
      upload.close()
    }
  }
}

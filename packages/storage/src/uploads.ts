/**
 * The uploads of one repository.
 * @module
 */
import { algorithmOf, Digester } from '@tsreg/oci'
import { uploadGone } from './commit.ts'
import type { StorageContext } from './context.ts'
import type { UploadStore } from './repository.ts'
import { putBlob } from './single-request.ts'
import { openUpload, requireSession } from './upload.ts'
import { createSession, isSessionId, readSession, type SessionHeader } from './upload-session.ts'

export function uploadStore(context: StorageContext, repository: string): UploadStore {
  return {
    async create(options = {}) {
      const { algorithm = 'sha256', signal } = options
      const digester = new Digester(algorithm)
      const header: SessionHeader = {
        repo: repository,
        st: 'open',
        startedAt: new Date(context.options.now()).toISOString(),
        algorithm,
        offset: 0,
        tails: [],
        prefixDigest: digester.digest(),
      }
      const { x, session } = await createSession(context, () => header, { signal })
      context.hashes.keep(x, { digester, tidy: true })
      return openUpload(context, { repository, x, session })
    },

    async resume(id, { patienceMs = 0, signal } = {}) {
      if (!isSessionId(id)) throw uploadGone(id.slice(0, 100))
      const read = async () => requireSession(id, repository, await readSession(context, id, { signal }))
      let session = await read()
      // After the first read: a request that came just before this one reads, too, and then takes its turn.
      if (patienceMs > 0 && (await context.turns.quiet(id, { patienceMs, signal }))) session = await read()
      return openUpload(context, { repository, x: id, session })
    },

    async put(digest, content, { size, signal } = {}) {
      algorithmOf(digest)
      return await putBlob(context, { repository, digest, content, size, signal })
    },
  }
}

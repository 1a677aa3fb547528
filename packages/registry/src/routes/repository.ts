/**
 * Our extension: a repository as a whole.
 * @module
 */
import type { Endpoint } from '../middleware/authorize.ts'
import { sendJson } from '../reply.ts'
import { repositoryOf } from './parameters.ts'
import { toDelete } from './rights.ts'

/**
 * Deletes the repository with its tags, manifests and links; the bytes go with garbage collection.
 * `{"name":"a/b","deleted":{"tags":2,"manifests":1,"blobs":3}}`
 */
export const deleteRepository: Endpoint = {
  access: toDelete,
  async handle(exchange) {
    const repository = repositoryOf(exchange)
    // Not given up when the client goes: half of a deletion is no use to anybody.
    const deleted = await repository.delete()
    sendJson(exchange, 202, [], { name: repository.name, deleted })
  },
}

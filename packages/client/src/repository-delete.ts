/**
 * Deleting a whole repository: the `_tsreg` extension of a tsreg registry. Other registries delete manifest by manifest.
 * @module
 */
import type { OperationOptions } from '@tsreg/oci/content'
import { routePath } from '@tsreg/oci/distribution'
import { broken, isObject, readObject } from './answers.ts'
import { access, expect, nameOf, type RepositoryContext, urlOf } from './context.ts'

/** How many of each went. */
export interface DeletedRepository {
  readonly tags: number
  readonly manifests: number
  /** Blobs that could be read there; their bytes go with garbage collection. */
  readonly blobs: number
}

/** @throws NAME_UNKNOWN; UNSUPPORTED when the registry has no such extension; ClientError */
export async function deleteRepository(
  context: RepositoryContext,
  options: OperationOptions = {},
): Promise<DeletedRepository> {
  const request = {
    operation: `delete repository ${nameOf(context)}`,
    method: 'DELETE',
    url: urlOf(context.transport, routePath.repository(context.name)),
    access: access(context, 'delete'),
    signal: options.signal,
  } as const
  const response = await expect(context.transport.dispatch, request, { statuses: [202], unknown: 'UNSUPPORTED' })
  const { deleted } = readObject(response, request.operation)
  const { tags, manifests, blobs } = isObject(deleted) ? deleted : {}
  if (isCount(tags) && isCount(manifests) && isCount(blobs)) return { tags, manifests, blobs }
  throw broken(response, `the answer to "${request.operation}" does not say what was deleted`)
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && Number(value) >= 0
}

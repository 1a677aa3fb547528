/**
 * Tags of a repository (distribution-spec main, end-8 and end-9).
 * @module
 */
import { parseTag } from '@tsreg/oci'
import type { OperationOptions } from '@tsreg/oci/content'
import { routePath } from '@tsreg/oci/distribution'
import { access, expect, nameOf, type RepositoryContext, urlOf } from './context.ts'
import { names, pageSize } from './names.ts'

export interface TagsOptions extends OperationOptions {
  /** Tags after this one, which need not exist. */
  readonly last?: string | undefined
}

/** @throws NAME_UNKNOWN */
export function listTags(context: RepositoryContext, options: TagsOptions = {}): AsyncIterable<string> {
  return names(context.transport, {
    operation: `list the tags of ${nameOf(context)}`,
    url: urlOf(context.transport, routePath.tags(context.name), { n: pageSize, last: options.last }),
    access: access(context, 'pull'),
    unknown: 'NAME_UNKNOWN',
    field: 'tags',
    signal: options.signal,
  })
}

/** Removes the tag only. @throws MANIFEST_UNKNOWN; UNSUPPORTED where the registry deletes by digest alone. */
export async function deleteTag(
  context: RepositoryContext,
  tag: string,
  options: OperationOptions = {},
): Promise<void> {
  const request = {
    operation: `delete tag ${tag} of ${nameOf(context)}`,
    method: 'DELETE',
    url: urlOf(context.transport, routePath.manifest(context.name, parseTag(tag))),
    access: access(context, 'delete'),
    signal: options.signal,
  } as const
  await expect(context.transport.dispatch, request, { statuses: [202, 200, 204], unknown: 'MANIFEST_UNKNOWN' })
}

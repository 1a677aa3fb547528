/**
 * The local store of tsreg: an image layout whose references are full names, and which keeps images that lost theirs.
 * @module
 */
import type { OperationOptions } from '@tsreg/oci/content'
import type { Layout } from '../layout/layout.ts'
import { openLayout } from '../layout/open.ts'

/**
 * Opens the store, and makes it when it does not exist. References to tag with are `formatReference(...)`, for example
 * `localhost:5000/centos:centos5`; an image pulled by digest is tagged `localhost:5000/centos@sha256:...`.
 * @throws as `openLayout`
 */
export function openImageStore(directory: string, options: OperationOptions = {}): Promise<Layout> {
  return openLayout(directory, { ...options, replaced: 'keep' })
}

/**
 * Changing `index.json`: under its lock, from the newest state, replaced whole.
 * @module
 */
import { mkdir } from 'node:fs/promises'
import type { OperationOptions } from '@tsreg/oci/content'
import { replaceFile } from '../files/durable.ts'
import { withFileLock } from '../files/file-lock.ts'
import { directoryFiles } from './directory-files.ts'
import { formatIndexFile, type IndexFile } from './index-file.ts'
import type { LayoutPaths } from './paths.ts'
import { readIndexFile } from './read.ts'

/**
 * Replaces `index.json` by what `change` makes of it, while nobody else can; the same object means no change.
 * `afterwards` runs under the same lock, once the new state is durable.
 * @throws LAYOUT_BUSY, LAYOUT_INVALID
 */
export async function changeIndex(
  paths: LayoutPaths,
  { signal }: OperationOptions,
  change: (index: IndexFile) => Promise<IndexFile>,
  afterwards: () => Promise<void> = async () => {},
): Promise<void> {
  await mkdir(paths.ingest, { recursive: true })
  await withFileLock(paths.indexLock, { signal }, async () => {
    const index = await readIndexFile(directoryFiles(paths.directory))
    const changed = await change(index)
    signal?.throwIfAborted()
    if (changed !== index) await replaceFile(paths.index, formatIndexFile(changed))
    await afterwards()
  })
}

/**
 * Removing what is kept of a container.
 * @module
 */
import { rm, rmdir } from 'node:fs/promises'
import { join } from 'node:path'

/**
 * Removes the directory of a container or step. Where the root file system is mounted, which is only so in a namespace that
 * this process should not be in, nothing is removed: what is mounted must not be removed as well.
 * @throws ENOTEMPTY, EBUSY then
 */
export async function removeDirectory(directory: string): Promise<void> {
  try {
    await rmdir(join(directory, 'rootfs'))
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
  }
  await rm(directory, { recursive: true, force: true })
}

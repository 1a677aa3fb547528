/**
 * Layers as one tree, through a read-only overlay mount that is gone again when this returns.
 * @module
 */

import { mkdir, rm, symlink } from 'node:fs/promises'
import { join } from 'node:path'
import { run } from '../../harness/command.ts'

/** Calls `read` with the merged tree of `layers`, the lowest first. `directory` is made here, and removed. */
export async function withMountedLayers<T>(
  directory: string,
  layers: readonly string[],
  read: (root: string) => Promise<T>,
): Promise<T> {
  if (layers.length === 0) return readEmpty(directory, read)
  const [only] = layers
  if (layers.length === 1 && only !== undefined) return read(only)
  const root = join(directory, 'root')
  await mkdir(root, { recursive: true })
  // Short names: the kernel takes one page of options.
  for (const [index, layer] of layers.entries()) await symlink(layer, join(directory, String(index)))
  const lower = layers.map((_, index) => index).toReversed()
  try {
    await run(['mount', '-t', 'overlay', 'overlay', '-o', `ro,lowerdir=${lower.join(':')}`, root], { cwd: directory })
    try {
      return await read(root)
    } finally {
      await run(['umount', root])
    }
  } finally {
    await rm(directory, { recursive: true, force: true })
  }
}

async function readEmpty<T>(directory: string, read: (root: string) => Promise<T>): Promise<T> {
  await mkdir(directory, { recursive: true })
  try {
    return await read(directory)
  } finally {
    await rm(directory, { recursive: true })
  }
}

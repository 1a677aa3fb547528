/**
 * The root file system of an image whose layers are unpacked, looked at without a mount.
 * @module
 */
import { lstat, readlink } from 'node:fs/promises'
import { fileContent, isLayerXattr } from '@tsreg/image/layer'
import type { SnapshotFile, Snapshotter } from '@tsreg/image/snapshot'
import { deviceOf, lgetxattr, llistxattr } from '@tsreg/image/syscalls'
import { type Digest, Digester } from '@tsreg/oci'
import type { OperationOptions } from '@tsreg/oci/content'
import type { SourceFile, SourceTree } from '../context/source-tree.ts'

/** @param name for messages: `stage builder`, `image debian:13`. */
export function snapshotTree(
  snapshotter: Pick<Snapshotter, 'lookup' | 'names'>,
  chainId: Digest,
  name: string,
): SourceTree {
  const find = (path: string, options?: OperationOptions) => snapshotter.lookup(chainId, `/${path}`, options)
  const existing = async (path: string, options?: OperationOptions) => {
    const file = await find(path, options)
    if (file?.type === 'file') return file
    throw new TypeError(`/${path} in ${name} is not a file`)
  }
  return {
    name,
    lstat: async (path, options) => {
      const file = await find(path, options)
      return file === undefined ? undefined : describe(file)
    },
    list: (path, options) => snapshotter.names(chainId, `/${path}`, options),
    async *open(path, options) {
      const { location, sizeBytes } = await existing(path, options)
      yield* fileContent(location, sizeBytes)
    },
    async contentDigest(path, options) {
      const { location, sizeBytes } = await existing(path, options)
      const digester = new Digester()
      for (const chunk of fileContent(location, sizeBytes)) {
        options?.signal?.throwIfAborted()
        digester.update(chunk)
      }
      return digester.digest()
    },
  }
}

async function describe({ location, sizeBytes, ...file }: SnapshotFile): Promise<SourceFile> {
  const { type } = file
  const stats = await lstat(location, { bigint: true })
  const { major, minor } = type === 'char' || type === 'block' ? deviceOf(stats.rdev) : { major: 0, minor: 0 }
  return {
    ...file,
    size: type === 'file' ? sizeBytes : 0,
    linkName: type === 'symlink' ? await readlink(location) : '',
    devMajor: major,
    devMinor: minor,
    xattrs: type === 'file' || type === 'directory' ? xattrsOf(location) : new Map(),
    ...(type === 'file' && stats.nlink > 1n ? { inode: `${stats.dev}:${stats.ino}` } : {}),
  }
}

function xattrsOf(location: string): ReadonlyMap<string, string> {
  try {
    const names = llistxattr(location).filter(isLayerXattr)
    return new Map(names.map((name) => [name, lgetxattr(location, name).toString('latin1')]))
  } catch (error) {
    // File systems without attributes have files without attributes.
    if ((error as { code?: unknown }).code === 'ENOTSUP') return new Map()
    throw error
  }
}

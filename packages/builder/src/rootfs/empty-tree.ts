/**
 * The root file system of `scratch`.
 * @module
 */
import type { SourceFile, SourceTree } from '../context/source-tree.ts'

const root: SourceFile = {
  ...{ type: 'directory', mode: 0o755, uid: 0, gid: 0, mtime: 0, size: 0 },
  ...{ linkName: '', devMajor: 0, devMinor: 0, xattrs: new Map() },
}

export const emptyTree: SourceTree = {
  name: 'scratch',
  lstat: async (path) => (path === '' ? root : undefined),
  list: async () => [],
  open: (path) => {
    throw new TypeError(`${path} is not in an empty tree`)
  },
  contentDigest: async (path) => {
    throw new TypeError(`${path} is not in an empty tree`)
  },
}

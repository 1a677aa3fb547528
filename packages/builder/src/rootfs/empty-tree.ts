/**
 * The root file system of `scratch`.
 * @module
 */
import type { SourceTree } from '../context/source-tree.ts'

export const emptyTree: SourceTree = {
  name: 'scratch',
  lstat: async () => undefined,
  list: async () => [],
  open: (path) => {
    throw new TypeError(`${path} is not in an empty tree`)
  },
  contentDigest: async (path) => {
    throw new TypeError(`${path} is not in an empty tree`)
  },
}

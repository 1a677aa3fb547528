/**
 * Files whose content stands in the Dockerfile, as a tree that COPY and ADD take them from.
 * @module
 */
import { digestOf } from '@tsreg/oci'
import type { ChosenSource } from '../context/chosen-source.ts'
import type { SourceFile, SourceTree } from '../context/source-tree.ts'

export interface InlineSources {
  readonly tree: SourceTree
  readonly chosen: readonly ChosenSource[]
}

/** @param files names and contents, variables replaced @param time in seconds since 1970 */
export function inlineSources(
  files: readonly { readonly name: string; readonly content: string }[],
  time: number,
): InlineSources {
  const contents = files.map(({ name, content }) => ({ name, bytes: Buffer.from(content) }))
  // Two may have one name: the number is the path.
  const found = (path: string) => {
    const content = contents[Number(path)]
    if (content === undefined) throw new TypeError(`${path} is not in the Dockerfile`)
    return content.bytes
  }
  const tree: SourceTree = {
    name: 'the Dockerfile',
    lstat: async (path) => (contents[Number(path)] === undefined ? undefined : describe(found(path), time)),
    list: async () => contents.map((_, index) => String(index)),
    async *open(path) {
      yield found(path)
    },
    contentDigest: async (path) => digestOf(found(path)),
  }
  const chosen = contents.map(({ name, bytes }, index) => ({
    source: name,
    path: String(index),
    name: name.slice(name.lastIndexOf('/') + 1),
    file: describe(bytes, time),
    files: [],
  }))
  return { tree, chosen }
}

function describe(bytes: Uint8Array, time: number): SourceFile {
  const owner = { uid: 0, gid: 0, devMajor: 0, devMinor: 0 }
  return { ...owner, type: 'file', mode: 0o644, size: bytes.byteLength, mtime: time, linkName: '', xattrs: new Map() }
}

/**
 * A tree of files in memory, for tests: what COPY takes from, and what lies below a layer.
 * @module
 */
import { digestOf } from '@tsreg/oci'
import type { SourceFile, SourceTree } from '../context/source-tree.ts'

/** A text is a file, `-> target` a link, null a directory; more can be said in an object. */
export type MemoryFile = string | null | (Partial<SourceFile> & { readonly content?: string })

/** Directories above the files are made. Files have mode 0644, directories 0755, owner 0:0 and the time 1000. */
export function memoryTree(files: Readonly<Record<string, MemoryFile>>, name = 'memory'): SourceTree {
  const all = new Map<string, SourceFile & { readonly content: string }>()
  for (const [path, given] of Object.entries(files)) {
    for (let at = path.indexOf('/'); at >= 0; at = path.indexOf('/', at + 1)) {
      if (!all.has(path.slice(0, at))) all.set(path.slice(0, at), describe(null))
    }
    all.set(path, describe(given))
  }
  const contentOf = (path: string) => {
    const file = all.get(path)
    if (file?.type !== 'file') throw new TypeError(`${path} is not a file`)
    return file.content
  }
  return {
    name,
    lstat: async (path) => (path === '' ? describe(null) : all.get(path)),
    list: async (path) => {
      const prefix = path === '' ? '' : `${path}/`
      return [...all.keys()]
        .filter((other) => other.startsWith(prefix) && other !== path && !other.slice(prefix.length).includes('/'))
        .map((other) => other.slice(prefix.length))
        .sort()
    },
    async *open(path) {
      yield Buffer.from(contentOf(path))
    },
    contentDigest: async (path) => digestOf(contentOf(path)),
  }
}

function describe(given: MemoryFile): SourceFile & { readonly content: string } {
  const { content = '', ...more } = typeof given === 'string' ? parse(given) : (given ?? { type: 'directory' as const })
  const type = more.type ?? 'file'
  return {
    ...{ type, mode: type === 'directory' ? 0o755 : type === 'symlink' ? 0o777 : 0o644, uid: 0, gid: 0, mtime: 1000 },
    ...{ size: Buffer.byteLength(content), linkName: '', devMajor: 0, devMinor: 0, xattrs: new Map() },
    ...more,
    content,
  }
}

function parse(text: string): Exclude<MemoryFile, string | null> {
  return text.startsWith('-> ') ? { type: 'symlink', linkName: text.slice(3) } : { content: text }
}

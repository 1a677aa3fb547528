/**
 * Paths in a root file system as its own programs would see them: links lead inside it, wherever they point.
 * @module
 */
import type { OperationOptions } from '@tsreg/oci/content'
import type { SourceTree } from '../context/source-tree.ts'
import { BuilderError } from '../errors.ts'

/** As many as the kernel follows (path_resolution(7)) would fail honest trees of links made by packages. */
const maxLinks = 255

/**
 * Where the path leads in the tree, all links followed, the last one too. Names that do not exist are taken as they are;
 * `..` at the root stays there. The result is a path of the tree: relative, without `.` and `..`.
 * @throws LINK_LOOP
 */
export async function resolvePath(
  tree: Pick<SourceTree, 'lstat' | 'name'>,
  path: string,
  options: OperationOptions = {},
): Promise<string> {
  const pending = path.split('/').reverse()
  const resolved: string[] = []
  let links = 0
  for (let name = pending.pop(); name !== undefined; name = pending.pop()) {
    if (name === '' || name === '.') continue
    if (name === '..') {
      resolved.pop()
      continue
    }
    resolved.push(name)
    const file = await tree.lstat(resolved.join('/'), options)
    if (file?.type !== 'symlink') continue
    links += 1
    if (links > maxLinks) throw tooManyLinks(tree.name, path)
    resolved.pop()
    if (file.linkName.startsWith('/')) resolved.length = 0
    pending.push(...file.linkName.split('/').reverse())
  }
  return resolved.join('/')
}

function tooManyLinks(tree: string, path: string): BuilderError {
  return new BuilderError('LINK_LOOP', `${path} in ${tree} leads through more than ${maxLinks} links`, {
    detail: { path, tree },
  })
}

/** `usr` of `usr/bin`; the root, an empty string, of `usr`. */
export function parentOf(path: string): string {
  return path.slice(0, Math.max(0, path.lastIndexOf('/')))
}

/** `bin` of `usr/bin`. */
export function lastNameOf(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1)
}

export function joinPath(directory: string, name: string): string {
  return directory === '' || name === '' ? directory + name : `${directory}/${name}`
}

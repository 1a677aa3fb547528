/**
 * From the words of COPY and ADD to the files they mean.
 * @module
 */
import { posix } from 'node:path'
import type { OperationOptions } from '@tsreg/oci/content'
import { BuilderError, type SourcePlace } from '../errors.ts'
import { joinPath, lastNameOf, resolvePath } from '../rootfs/resolve.ts'
import type { ChosenFile, ChosenSource } from './chosen-source.ts'
import { matchGlob } from './glob/match-glob.ts'
import { type GlobToken, hasWildcards, parseGlob } from './glob/parse-glob.ts'
import type { SourceFile, SourceTree } from './source-tree.ts'

export interface SelectSourcesOptions extends OperationOptions {
  /** Where the instruction stands. */
  readonly place: SourcePlace
}

/**
 * In the order of the words, what a pattern finds in the order of its bytes. A source that is a link stands for what it leads
 * to, inside the tree; links that a pattern or a directory goes over stay links.
 * @param patterns expanded; relative to the root of the tree also with a slash before them
 * @throws COPY_FORBIDDEN for a path that leads out of the tree, COPY_SOURCE_UNKNOWN, LINK_LOOP, DOCKERFILE_INVALID for a
 * pattern that is none
 */
export async function selectSources(
  tree: SourceTree,
  patterns: readonly string[],
  options: SelectSourcesOptions,
): Promise<readonly ChosenSource[]> {
  const chosen: ChosenSource[] = []
  for (const pattern of patterns) {
    const path = insideOf(tree, pattern, options.place)
    const paths = hasWildcards(path) ? await expand(tree, path, options) : [path]
    if (paths.length === 0) throw unknownSource(tree, pattern, options.place)
    for (const one of paths) chosen.push(await choose(tree, one, options))
  }
  return chosen
}

/** Cleaned; empty for the root. */
function insideOf(tree: SourceTree, pattern: string, place: SourcePlace): string {
  const path = posix.normalize(pattern.replace(/^\/+/, '')).replace(/\/$/, '')
  if (path === '..' || path.startsWith('../')) {
    throw new BuilderError('COPY_FORBIDDEN', `${pattern} leads out of ${tree.name}`, {
      place,
      detail: { source: pattern, tree: tree.name },
    })
  }
  return path === '.' ? '' : path
}

/** Name by name: a wildcard goes over no slash. */
async function expand(tree: SourceTree, pattern: string, options: SelectSourcesOptions): Promise<readonly string[]> {
  let directories: readonly string[] = ['']
  for (const part of pattern.split('/')) {
    const tokens = tokensOf(part, pattern, options.place)
    const found: string[] = []
    for (const directory of directories) {
      options.signal?.throwIfAborted()
      const names = await tree.list(directory, options)
      found.push(...names.filter((name) => matchGlob(tokens, name)).map((name) => joinPath(directory, name)))
    }
    directories = found
  }
  return directories
}

function tokensOf(part: string, pattern: string, place: SourcePlace): readonly GlobToken[] {
  try {
    return parseGlob(part)
  } catch (error) {
    throw new BuilderError('DOCKERFILE_INVALID', (error as SyntaxError).message, {
      place,
      detail: { source: pattern },
      cause: error,
    })
  }
}

async function choose(tree: SourceTree, source: string, options: SelectSourcesOptions): Promise<ChosenSource> {
  const path = await resolvePath(tree, source, options)
  const file = await tree.lstat(path, options)
  if (file === undefined || file.type === 'socket') throw unknownSource(tree, source, options.place)
  const files = file.type === 'directory' ? await filesBelow(tree, path, options) : []
  return { source, path, name: lastNameOf(source), file, files }
}

interface Pending {
  readonly path: string
  readonly file: SourceFile
}

async function filesBelow(tree: SourceTree, top: string, options: OperationOptions): Promise<readonly ChosenFile[]> {
  const files: ChosenFile[] = []
  const children = async (directory: string): Promise<Pending[]> => {
    const pending: Pending[] = []
    for (const name of await tree.list(joinPath(top, directory), options)) {
      const path = joinPath(directory, name)
      const file = await tree.lstat(joinPath(top, path), options)
      if (file !== undefined) pending.push({ path, file })
    }
    return pending.reverse()
  }
  const pending = await children('')
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    options.signal?.throwIfAborted()
    const { path, file } = next
    files.push({ path, treePath: joinPath(top, path), file })
    if (file.type === 'directory') for (const child of await children(path)) pending.push(child)
  }
  return files
}

function unknownSource(tree: SourceTree, source: string, place: SourcePlace): BuilderError {
  const isContext = tree.name === contextName
  const message = isContext
    ? `${source} is not found in the build context, or excluded by .dockerignore`
    : `${source} is not found in ${tree.name}`
  return new BuilderError('COPY_SOURCE_UNKNOWN', message, { place, detail: { source, tree: tree.name } })
}

/** What a context calls itself. */
export const contextName = 'the build context'

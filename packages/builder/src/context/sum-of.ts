/**
 * What copied files are for the cache: names, kinds, permissions, owners, contents, link targets, devices and attributes
 * count; times do not.
 * @module
 */
import { hash } from 'node:crypto'
import { type Digest, digestOf } from '@tsreg/oci'
import type { OperationOptions } from '@tsreg/oci/content'
import { joinPath } from '../rootfs/resolve.ts'
import type { ChosenSource, CountedFile, SourceSum } from './chosen-source.ts'
import type { SourceFile, SourceTree } from './source-tree.ts'

interface Counted {
  readonly counted: CountedFile
  /** All that counts, so written that two different files never have the same line. */
  readonly line: string
}

/**
 * Names count relative to the source: a directory with another name and the same files has the same sum, a file with
 * another name has not. The order of the sources counts, since the later ones go over the earlier.
 * @throws what the tree throws
 */
export async function sumOf(
  tree: SourceTree,
  chosen: readonly ChosenSource[],
  options: OperationOptions = {},
): Promise<SourceSum> {
  const files: CountedFile[] = []
  const sums: string[] = []
  for (const source of chosen) {
    const all = await countedOf(tree, source, options)
    for (const { counted } of all) files.push({ ...counted, path: joinPath(source.source, counted.path) })
    const kind = source.file.type === 'directory' ? 'dir' : 'file'
    sums.push(`${kind}:${hash('sha256', all.map(({ line }) => line).join(''))}`)
  }
  const [only = ''] = sums
  return { sum: sums.length === 1 ? only : `multi:${hash('sha256', sums.join(','))}`, files }
}

async function countedOf(
  tree: SourceTree,
  { path, name, file, files }: ChosenSource,
  options: OperationOptions,
): Promise<readonly Counted[]> {
  if (file.type !== 'directory') return [await count(tree, { path: '', treePath: path, file }, name, options)]
  const all: Counted[] = []
  // The directory itself, unless it is all there is: its permissions are those of some checkout.
  if (path !== '') all.push(await count(tree, { path: '', treePath: path, file }, '', options))
  for (const one of files) {
    if (one.file.type !== 'socket') all.push(await count(tree, one, one.path, options))
  }
  return all
}

async function count(
  tree: SourceTree,
  { path, treePath, file }: { readonly path: string; readonly treePath: string; readonly file: SourceFile },
  name: string,
  options: OperationOptions,
): Promise<Counted> {
  const { type, mode, uid, gid } = file
  const digest = await contentOf(tree, treePath, file, options)
  const xattrs = [...file.xattrs].sort(([a], [b]) => (a < b ? -1 : 1))
  const line = JSON.stringify([
    name,
    type,
    mode,
    uid,
    gid,
    file.size,
    digest ?? '',
    file.devMajor,
    file.devMinor,
    xattrs,
  ])
  return { counted: { path, type, mode, uid, gid, digest }, line: `${line}\n` }
}

async function contentOf(
  tree: SourceTree,
  path: string,
  file: SourceFile,
  options: OperationOptions,
): Promise<Digest | undefined> {
  if (file.type === 'file') return tree.contentDigest(path, options)
  return file.type === 'symlink' ? digestOf(Buffer.from(file.linkName)) : undefined
}

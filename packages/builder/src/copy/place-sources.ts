/**
 * Puts what COPY and ADD chose at its place in a layer, as docker's classic builder does:
 *
 * ```
 * file       -> destination that is a directory, or ends with a slash    destination/<name of the file>
 *            -> any other destination                                    the destination itself; its links are followed
 * directory  -> the destination, which is made: what is in the source goes into it, not the source
 * ```
 * Whatever lies in the way of a file is replaced; only two directories become one.
 * @module
 */
import type { OperationOptions } from '@tsreg/oci/content'
import type { ChosenSource } from '../context/chosen-source.ts'
import type { SourceFile, SourceTree } from '../context/source-tree.ts'
import type { DirectoryAttributes, DraftFile, LayerDraft } from '../rootfs/layer-draft.ts'
import { directoryOf } from '../rootfs/layer-draft.ts'
import { type Owner, root } from '../rootfs/owner.ts'
import { joinPath, parentOf } from '../rootfs/resolve.ts'
import type { Destination } from './destination.ts'

export interface PlaceOptions extends OperationOptions {
  readonly destination: Destination
  /** Of `--chown`; undefined keeps the owners that the sources have. */
  readonly owner: Owner | undefined
  /** Of `--chmod`; undefined keeps the modes that the sources have. */
  readonly mode: number | undefined
  /** For directories that are made, in seconds since 1970. */
  readonly time: number
}

/** @throws NOT_A_DIRECTORY, LINK_LOOP */
export async function placeSource(
  draft: LayerDraft,
  tree: SourceTree,
  source: ChosenSource,
  options: PlaceOptions,
): Promise<void> {
  const resolved = await draft.resolve(options.destination.path, options)
  if (source.file.type === 'directory') return placeDirectory(draft, { tree, source, resolved, options })
  const existing = await draft.lstat(resolved, options)
  const isInside = options.destination.isDirectory || existing?.type === 'directory'
  const path = isInside ? joinPath(resolved, source.name) : resolved
  // Docker gives the directories above a file to the owner of the file, those above a directory to root.
  await draft.makeDirectory(parentOf(path), madeBy(options.owner ?? root, options), options)
  putFile(draft, path, tree, source.path, source.file, options)
}

interface DirectoryPlacement {
  readonly tree: SourceTree
  readonly source: ChosenSource
  readonly resolved: string
  readonly options: PlaceOptions
}

async function placeDirectory(draft: LayerDraft, placement: DirectoryPlacement): Promise<void> {
  const { tree, source, resolved, options } = placement
  const isThere = (await draft.lstat(resolved, options))?.type === 'directory'
  await draft.makeDirectory(resolved, madeBy(root, options), options)
  if (!isThere && resolved !== '' && options.owner !== undefined) {
    draft.put(resolved, directoryOf(madeBy(options.owner, options)))
  }
  const inodes = new Map<string, object>()
  for (const { path, treePath, file } of source.files) {
    putFile(draft, joinPath(resolved, path), tree, treePath, file, { ...options, inodes })
  }
}

interface PutOptions extends PlaceOptions {
  /** Files with several names below one source, so that they stay one. */
  readonly inodes?: Map<string, object>
}

function putFile(
  draft: LayerDraft,
  path: string,
  tree: SourceTree,
  treePath: string,
  file: SourceFile,
  options: PutOptions,
): void {
  // A socket is of no use without the process that listens.
  if (file.type === 'socket') return
  draft.put(path, draftFile(tree, treePath, { ...file, type: file.type }, options))
}

function draftFile(
  tree: SourceTree,
  treePath: string,
  { inode, ...file }: SourceFile & { readonly type: DraftFile['type'] },
  { owner, mode, signal, inodes }: PutOptions,
): DraftFile {
  return {
    ...file,
    ...(inode === undefined || inodes === undefined ? {} : { inode: inodeOf(inode, inodes) }),
    uid: owner?.uid ?? file.uid,
    gid: owner?.gid ?? file.gid,
    mode: mode === undefined || file.type === 'symlink' ? file.mode : mode,
    ...(file.type === 'file' ? { content: () => tree.open(treePath, { signal }) } : {}),
  }
}

function inodeOf(name: string, inodes: Map<string, object>): object {
  const inode = inodes.get(name) ?? {}
  inodes.set(name, inode)
  return inode
}

function madeBy({ uid, gid }: Owner, { time }: PlaceOptions): DirectoryAttributes {
  return { mode: 0o755, uid, gid, mtime: time }
}

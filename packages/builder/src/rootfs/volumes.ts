/**
 * Volumes of a step: what a command changes in them is not kept, as docker's classic builder has it. The directories
 * themselves are part of the layer when they were missing.
 * @module
 */
import { chmodSync, lchownSync, lstatSync, lutimesSync, mkdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import type { OperationOptions } from '@tsreg/oci/content'
import type { SourceFile, SourceTree } from '../context/source-tree.ts'
import { resolvePath } from './resolve.ts'

/** A volume, by its path in the root file system with links resolved. */
export interface Volume {
  readonly path: string
  /** True when the image has the directory: then the layer has nothing of it. */
  readonly isInImage: boolean
}

/**
 * Makes the directories of volumes that the image lacks, in the writable layer.
 * @param upper the directory of the writable layer, in which nothing is yet @param paths as the config has them
 */
export async function makeVolumes(
  upper: string,
  tree: SourceTree,
  paths: readonly string[],
  options: OperationOptions,
): Promise<readonly Volume[]> {
  const volumes: Volume[] = []
  for (const written of paths) {
    const path = await resolvePath(tree, written, options)
    if (path === '') continue
    const isInImage = (await tree.lstat(path, options)) !== undefined
    if (!isInImage) await makeDirectory(upper, tree, path, options)
    volumes.push({ path, isInImage })
  }
  return volumes
}

/** Directories that the image has are made in the layer with the attributes they have below. */
async function makeDirectory(upper: string, tree: SourceTree, path: string, options: OperationOptions): Promise<void> {
  const made: (readonly [target: string, below: SourceFile])[] = []
  const names = path.split('/')
  for (let depth = 1; depth <= names.length; depth += 1) {
    const inside = names.slice(0, depth).join('/')
    const target = join(upper, inside)
    if (lstatSync(target, { throwIfNoEntry: false }) !== undefined) continue
    mkdirSync(target, { mode: 0o755 })
    const below = await tree.lstat(inside, options)
    if (below !== undefined) made.push([target, below])
  }
  // The deepest first: a directory made in another changes the time of that.
  for (const [target, below] of made.reverse()) takeAttributes(target, below)
}

function takeAttributes(target: string, { uid, gid, mode, mtime }: SourceFile): void {
  lchownSync(target, uid, gid)
  chmodSync(target, mode)
  lutimesSync(target, mtime, mtime)
}

/**
 * Takes out of the writable layer what a command left in volumes. The layer is what a stranger's command made of it: no
 * link in it is followed.
 */
export async function discardVolumes(upper: string, volumes: readonly Volume[]): Promise<void> {
  for (const { path, isInImage } of volumes) {
    const target = ownPath(upper, path)
    if (target === undefined) continue
    rmSync(target, { recursive: true, force: true })
    if (!isInImage) mkdirSync(target, { mode: 0o755 })
  }
}

/** The path, when all directories before its last name are directories of the layer itself. */
function ownPath(upper: string, path: string): string | undefined {
  const names = path.split('/')
  for (let depth = 1; depth < names.length; depth += 1) {
    const found = lstatSync(join(upper, ...names.slice(0, depth)), { throwIfNoEntry: false })
    if (found?.isDirectory() !== true) return undefined
  }
  return join(upper, path)
}

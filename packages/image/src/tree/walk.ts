/**
 * Walking a directory tree in the order of layers: by the bytes of the names, a directory right before what is in it.
 * @module
 */

import { isUtf8 } from 'node:buffer'
import { type BigIntStats, lstatSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { ImageError } from '../errors.ts'
import { hasSystemCode } from '../files/system-error.ts'

/** A file of the tree, links not followed. */
export interface TreeNode {
  /** From the root of the tree, without a slash at either end: `usr/bin/ls`. */
  readonly path: string
  /** Where it lies. */
  readonly location: string
  readonly stat: BigIntStats
}

/**
 * All files below the root, itself not among them. What goes away meanwhile is left out. Names of the directories on the
 * way are in memory.
 * @throws NAME_UNSUPPORTED for a name that is not UTF-8
 */
export function* walkTree(root: string): Generator<TreeNode, void, undefined> {
  for (const name of namesInDirectory(root)) yield* walkFrom({ location: join(root, name), path: name })
}

function* walkFrom({ location, path }: Omit<TreeNode, 'stat'>): Generator<TreeNode, void, undefined> {
  const stat = lstatSync(location, { bigint: true, throwIfNoEntry: false })
  if (stat === undefined) return
  yield { path, location, stat }
  if (!stat.isDirectory()) return
  for (const name of namesInDirectory(location))
    yield* walkFrom({ location: join(location, name), path: `${path}/${name}` })
}

/** In the order of their bytes; none when it is no directory (any more). @throws NAME_UNSUPPORTED */
export function namesInDirectory(directory: string): readonly string[] {
  try {
    const names = readdirSync(directory, { encoding: 'buffer' })
    return names.sort(Buffer.compare).map((name) => textOf(name, directory))
  } catch (error) {
    if (hasSystemCode(error, 'ENOENT', 'ENOTDIR')) return []
    throw error
  }
}

function textOf(name: Buffer, directory: string): string {
  if (isUtf8(name)) return name.toString('utf8')
  const shown = JSON.stringify(name.toString('latin1'))
  throw new ImageError('NAME_UNSUPPORTED', `${directory} has a file whose name is not UTF-8: ${shown} as Latin-1`, {
    detail: { directory, name: name.toString('hex') },
  })
}

/**
 * The options to mount a writable layer by, and the short names of the layers in them.
 * @module
 */
import { mkdirSync, readlinkSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import type { Digest } from '@tsreg/oci'
import { hasSystemCode } from '../files/system-error.ts'
import { nameOfChain, type SnapshotPaths } from './paths.ts'

/**
 * What would make the upper directory say less than a layer must: directories that were moved as a mark instead of a copy,
 * changed attributes without the content. Without the index, which remembers where the upper directory lay, it can be moved.
 */
const safe = ['index=off', 'redirect_dir=off', 'metacopy=off']

/** Relative to the directory of snapshots. */
export function overlayOptions(paths: SnapshotPaths, key: string, chain: readonly Digest[]): readonly string[] {
  const writable = `writable/${key}`
  const lower = [`${writable}/init`, ...chain.map((chainId) => linkTo(paths, chainId))]
  return [`lowerdir=${lower.join(':')}`, `upperdir=${writable}/fs`, `workdir=${writable}/work`, ...safe]
}

/** A short name of a layer's directory: mount(2) takes a page of options, and images have up to 127 layers. */
function linkTo(paths: SnapshotPaths, chainId: Digest): string {
  const name = nameOfChain(chainId)
  const target = `../layers/${name}/fs`
  for (let length = shortest; ; length++) {
    const link = name.slice(0, length)
    if (makeLink(paths, link, target)) return `l/${link}`
  }
}

/** Chain IDs that begin alike get longer names; somebody may make them so on purpose. */
const shortest = 8

/** False when the name is that of another layer. */
function makeLink(paths: SnapshotPaths, name: string, target: string): boolean {
  const link = join(paths.links, name)
  const found = targetOf(link)
  if (found !== undefined) return found === target
  mkdirSync(paths.links, { recursive: true })
  try {
    symlinkSync(target, link)
    return true
  } catch (error) {
    if (!hasSystemCode(error, 'EEXIST')) throw error
    return targetOf(link) === target
  }
}

function targetOf(link: string): string | undefined {
  try {
    return readlinkSync(link)
  } catch (error) {
    if (hasSystemCode(error, 'ENOENT')) return undefined
    throw error
  }
}

/**
 * An independent look at a file tree: node:fs and getfattr, and nothing of the product's own.
 * @module
 */

import { createHash } from 'node:crypto'
import { type BigIntStats, createReadStream } from 'node:fs'
import { lstat, readdir, readFile, readlink } from 'node:fs/promises'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { run } from './command.ts'
import { toolPath } from './tools.ts'

/** What each path below the root is, by its path, which begins with `/`; the root itself is `/`. */
export type Tree = ReadonlyMap<string, TreeEntry>

export interface TreeEntry {
  readonly type: 'file' | 'directory' | 'symlink' | 'character' | 'block' | 'fifo' | 'socket'
  /** Permission bits with setuid, setgid and sticky, in octal. */
  readonly mode: string
  /** `uid:gid` */
  readonly owner: string
  /** Of a file, in bytes. */
  readonly size?: number
  /** SHA-256 of a file's content, in hex. */
  readonly content?: string
  /** Of a symbolic link. */
  readonly target?: string
  /** The first path, in byte order, of the same file; only where there are several. */
  readonly hardLink?: string
  /** `major:minor` of a device. */
  readonly device?: string
  /** `name=0x…`, by name. */
  readonly xattrs?: readonly string[]
  /** Seconds since 1970, to the nanosecond: `1700000000.000000000`. */
  readonly modifiedAt: string
}

/** Walks everything below `root`; what is mounted there is not entered. Needs root for a tree with other owners. */
export async function readTree(root: string): Promise<Tree> {
  const found = new Map<string, BigIntStats>()
  const { dev } = await lstat(root, { bigint: true })
  const visit = async (path: string) => {
    const stats = await lstat(join(root, path), { bigint: true })
    found.set(path, stats)
    if (!stats.isDirectory() || stats.dev !== dev) return
    const names = await readdir(join(root, path))
    for (const name of names) await visit(path === '/' ? `/${name}` : `${path}/${name}`)
  }
  await visit('/')
  const xattrs = await readXattrs(root)
  const firstPaths = new Map<bigint, string>()
  const tree = new Map<string, TreeEntry>()
  for (const [path, stats] of [...found].toSorted(([a], [b]) => (a < b ? -1 : 1))) {
    const linked = stats.nlink > 1n && !stats.isDirectory()
    if (linked && !firstPaths.has(stats.ino)) firstPaths.set(stats.ino, path)
    const first = linked ? firstPaths.get(stats.ino) : undefined
    const names = xattrs.get(path)
    tree.set(path, {
      ...(await readEntry(join(root, path), stats)),
      ...(first === undefined ? {} : { hardLink: first }),
      ...(names === undefined ? {} : { xattrs: names }),
    })
  }
  return tree
}

/** One line with everything two trees must agree on: not the times, and not the size of directories. */
export function describeEntry(entry: TreeEntry): string {
  const { type, mode, owner, size, content, target, hardLink, device, xattrs } = entry
  return [
    ...[type, mode, owner],
    ...(size === undefined ? [] : [`${size} bytes`, `sha256 ${content?.slice(0, 12)}`]),
    ...(target === undefined ? [] : [`-> ${target}`]),
    ...(hardLink === undefined ? [] : [`same as ${hardLink}`]),
    ...(device === undefined ? [] : [`device ${device}`]),
    ...(xattrs ?? []),
  ].join(' ')
}

async function readEntry(path: string, stats: BigIntStats): Promise<TreeEntry> {
  const attributes = {
    type: typeOf(stats),
    mode: (Number(stats.mode) & 0o7777).toString(8).padStart(4, '0'),
    owner: `${stats.uid}:${stats.gid}`,
    modifiedAt: secondsOf(stats.mtimeNs),
  }
  switch (attributes.type) {
    case 'file':
      return { ...attributes, size: Number(stats.size), content: await hashFile(path, stats.size) }
    case 'symlink':
      return { ...attributes, target: await readlink(path) }
    case 'character':
    case 'block':
      return { ...attributes, device: `${stats.rdev >> 8n}:${stats.rdev & 0xffn}` }
    default:
      return attributes
  }
}

function typeOf(stats: BigIntStats): TreeEntry['type'] {
  if (stats.isFile()) return 'file'
  if (stats.isDirectory()) return 'directory'
  if (stats.isSymbolicLink()) return 'symlink'
  if (stats.isCharacterDevice()) return 'character'
  if (stats.isBlockDevice()) return 'block'
  return stats.isFIFO() ? 'fifo' : 'socket'
}

function secondsOf(nanoseconds: bigint): string {
  const digits = `${nanoseconds}`.padStart(10, '0')
  return `${digits.slice(0, -9)}.${digits.slice(-9)}`
}

async function hashFile(path: string, size: bigint): Promise<string> {
  const hash = createHash('sha256')
  // Most files are small, and a stream costs more than they do.
  if (size < 1_000_000n) return hash.update(await readFile(path)).digest('hex')
  await pipeline(createReadStream(path), hash)
  return hash.digest('hex')
}

/** All extended attributes of a tree, by path as in {@link Tree}; getfattr names files that have some. */
async function readXattrs(root: string): Promise<ReadonlyMap<string, readonly string[]>> {
  const output = await run([
    ...[toolPath('getfattr'), '--no-dereference', '--physical', '--recursive', '--absolute-names'],
    ...['--match=-', '--encoding=hex', '--dump', root],
  ])
  const found = new Map<string, readonly string[]>()
  for (const block of output.split('\n\n')) {
    const [head = '', ...lines] = block.trim().split('\n')
    if (!head.startsWith('# file: ')) continue
    const path = withoutEscapes(head.slice('# file: '.length)).slice(root.length)
    found.set(path === '' ? '/' : path, lines.toSorted())
  }
  return found
}

/** getfattr writes backslashes and control characters as three octal digits. */
function withoutEscapes(text: string): string {
  return text.replace(/\\([0-7]{3})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)))
}

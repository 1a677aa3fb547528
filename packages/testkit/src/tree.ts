/**
 * What lies below a directory, one line for each file: two trees are the same when their lines are.
 * @module
 */
import { createHash } from 'node:crypto'
import { type BigIntStats, lstatSync, readdirSync, readFileSync, readlinkSync } from 'node:fs'

export interface ReadTreeOptions {
  /** Whether the times of modification count. @default true */
  readonly times?: boolean
  /** More to say of a file, for example its attributes. */
  readonly extra?: (path: string) => string
}

/**
 * By path from the directory, sorted; the directory itself is `.`. A line says the type, mode, owner, time in nanoseconds,
 * and the hash of the content, the target, the device, or the other names of the same file:
 *
 *   { 'usr/bin/su': 'file 4755 0:0 1700000000000000000 sha256:...' }
 *
 * Names that are no UTF-8 are shown as `latin1`.
 */
export function readTree(directory: string, options: ReadTreeOptions = {}): Record<string, string> {
  const lines: Record<string, string> = {}
  const firstNames = new Map<bigint, string>()
  const visit = (path: Buffer, name: string): void => {
    const stats = lstatSync(path, { bigint: true })
    const known = stats.isDirectory() ? undefined : firstNames.get(stats.ino)
    firstNames.set(stats.ino, known ?? name)
    lines[name] = known === undefined ? line(path, stats, options) : `the same as ${known}`
    if (!stats.isDirectory()) return
    const children = readdirSync(path, { encoding: 'latin1' }).sort()
    for (const child of children) {
      const childPath = Buffer.concat([path, Buffer.from(`/${child}`, 'latin1')])
      visit(childPath, name === '.' ? child : `${name}/${child}`)
    }
  }
  visit(Buffer.from(directory), '.')
  return lines
}

function line(path: Buffer, stats: BigIntStats, { times = true, extra }: ReadTreeOptions): string {
  const mode = stats.isSymbolicLink() ? '' : (stats.mode & 0o7777n).toString(8)
  const time = times ? String(stats.mtimeNs) : ''
  const parts = [typeOf(stats), mode, `${stats.uid}:${stats.gid}`, time, contentOf(path, stats)]
  if (extra !== undefined && !stats.isSymbolicLink()) parts.push(extra(path.toString()))
  return parts.filter((part) => part !== '').join(' ')
}

function typeOf(stats: BigIntStats): string {
  if (stats.isFile()) return 'file'
  if (stats.isDirectory()) return 'directory'
  if (stats.isSymbolicLink()) return 'symlink'
  if (stats.isCharacterDevice()) return 'char'
  if (stats.isBlockDevice()) return 'block'
  return stats.isFIFO() ? 'fifo' : 'socket'
}

function contentOf(path: Buffer, stats: BigIntStats): string {
  if (stats.isSymbolicLink()) return `-> ${readlinkSync(path, 'latin1')}`
  if (stats.isCharacterDevice() || stats.isBlockDevice()) return `device ${stats.rdev}`
  if (!stats.isFile()) return ''
  return `sha256:${createHash('sha256').update(readFileSync(path)).digest('hex')}`
}

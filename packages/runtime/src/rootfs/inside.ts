/**
 * Files of a root file system that somebody else made, read so that no link in it leads out of it: every step is taken
 * from an open directory, links are followed by hand, and what is above the root is the root.
 * @module
 */
import { closeSync, constants, fstatSync, openSync, readlinkSync, readSync, type Stats } from 'node:fs'
import { join } from 'node:path'
import { RuntimeError } from '../errors.ts'

/** open(2): a name without access to what it names. Node has no constant for it. */
const openPath = 0o10000000
const directoryFlags = openPath | constants.O_NOFOLLOW | constants.O_DIRECTORY
/** As in the kernel's own look-ups. */
const maximumLinks = 40

/**
 * The bytes of a regular file; undefined when there is nothing of that name, or something else.
 * @param root the directory that is `/` for the path
 * @param limit in bytes
 * @throws RuntimeError CONTAINER_DAMAGED when it is larger, or its links go in a circle
 */
export async function readFileInside(root: string, path: string, limit: number): Promise<Buffer | undefined> {
  return withPlaceInside(root, path, async (place) => {
    if (place === undefined) return undefined
    const fd = openIfPresent(place.path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK)
    if (fd === undefined) return undefined
    try {
      const found = fstatSync(fd)
      if (!found.isFile()) return undefined
      if (found.size > limit) {
        throw new RuntimeError(
          'CONTAINER_DAMAGED',
          `${path} of the container has ${found.size} bytes, more than ${limit}`,
        )
      }
      return readAtMost(fd, limit)
    } finally {
      closeSync(fd)
    }
  })
}

/** What lies at a path in the root file system, links followed; undefined when there is nothing. */
export async function statInside(root: string, path: string): Promise<Stats | undefined> {
  return withPlaceInside(root, path, async (place) => {
    if (place === undefined) return undefined
    const fd = openIfPresent(place.path, openPath | constants.O_NOFOLLOW)
    if (fd === undefined) return undefined
    try {
      return fstatSync(fd)
    } finally {
      closeSync(fd)
    }
  })
}

/** A place in the root file system: valid while the callback of {@link withPlaceInside} runs. */
export interface PlaceInside {
  /** Leads there and nowhere else, as long as it is opened without following a link. */
  readonly path: string
  /** Where that is for the container, with all links followed. */
  readonly name: string
}

/**
 * Finds the place of a path and keeps it open while `use` works there. The last component need not exist; its directory
 * must, otherwise the place is undefined.
 */
export async function withPlaceInside<T>(
  root: string,
  path: string,
  use: (place: PlaceInside | undefined) => Promise<T>,
): Promise<T> {
  return withWalk(root, path, ({ place, missing }) => use(missing.length === 0 ? place : undefined))
}

/**
 * Every place that a path leads through for the container, the last one where it leads to. Links are followed as far as
 * there is something; what is not there counts as if it were directories.
 */
export async function placesOnTheWay(root: string, path: string): Promise<readonly string[]> {
  return withWalk(root, path, async ({ passed, place, missing }) => {
    const behind = missing.map((_, index) => join(place.name, ...missing.slice(0, index + 1)))
    return [...passed, place.name, ...behind]
  })
}

async function withWalk<T>(root: string, path: string, use: (walked: Walked) => Promise<T>): Promise<T> {
  const walk = startWalk(root)
  try {
    return await use(walkTo(walk, path))
  } finally {
    for (const { fd } of walk.directories) closeSync(fd)
  }
}

interface Walk {
  /** From the root down to where the walk is. */
  readonly directories: { readonly name: string; readonly fd: number }[]
}

interface Walked {
  /** What the walk stepped on, as the container names it. */
  readonly passed: readonly string[]
  readonly place: PlaceInside
  /** Components behind the place when it is no directory: it is not there, or something else. */
  readonly missing: readonly string[]
}

function startWalk(root: string): Walk {
  // The root itself is the caller's to name; only what is below it is strange.
  return { directories: [{ name: '', fd: openSync(root, openPath | constants.O_DIRECTORY) }] }
}

function walkTo({ directories }: Walk, path: string): Walked {
  const pending = componentsOf(path)
  const passed: string[] = []
  let links = 0
  for (;;) {
    const name = pending.shift()
    if (name === undefined) return { passed, place: placeOf(directories, '.'), missing: [] }
    if (name === '..') {
      const left = directories.length > 1 ? directories.pop() : undefined
      if (left !== undefined) closeSync(left.fd)
      continue
    }
    const place = placeOf(directories, name)
    passed.push(place.name)
    const target = linkTarget(place.path)
    if (target !== undefined) {
      links += 1
      if (links > maximumLinks)
        throw new RuntimeError('CONTAINER_DAMAGED', `${path} of the container has too many links`)
      if (target.startsWith('/')) for (const { fd } of directories.splice(1)) closeSync(fd)
      pending.unshift(...componentsOf(target))
      continue
    }
    if (pending.length === 0) return { passed, place, missing: [] }
    const fd = openIfPresent(place.path, directoryFlags)
    if (fd === undefined) return { passed, place, missing: pending }
    directories.push({ name, fd })
  }
}

function placeOf(directories: Walk['directories'], name: string): PlaceInside {
  const names = directories.slice(1).map((directory) => directory.name)
  const fd = directories.at(-1)?.fd
  return {
    path: `/proc/self/fd/${fd}/${name}`,
    name: `/${[...names, ...(name === '.' ? [] : [name])].join('/')}`,
  }
}

function componentsOf(path: string): string[] {
  return path.split('/').filter((name) => name !== '' && name !== '.')
}

function linkTarget(path: string): string | undefined {
  try {
    return readlinkSync(path)
  } catch (error) {
    if (isOneOf(error, 'EINVAL', 'ENOENT', 'ENOTDIR')) return undefined
    throw error
  }
}

function openIfPresent(path: string, flags: number): number | undefined {
  try {
    return openSync(path, flags)
  } catch (error) {
    if (isOneOf(error, 'ENOENT', 'ENOTDIR', 'ELOOP', 'ENXIO')) return undefined
    throw error
  }
}

// The size that stat told may be a lie, as in /proc, or change.
function readAtMost(fd: number, limit: number): Buffer {
  const chunks: Buffer[] = []
  let total = 0
  for (;;) {
    const buffer = Buffer.allocUnsafe(64 * 1024)
    const bytesRead = readSync(fd, buffer)
    if (bytesRead === 0) return Buffer.concat(chunks)
    total += bytesRead
    if (total > limit)
      throw new RuntimeError('CONTAINER_DAMAGED', `a file of the container has more than ${limit} bytes`)
    chunks.push(buffer.subarray(0, bytesRead))
  }
}

function isOneOf(error: unknown, ...codes: readonly string[]): boolean {
  return codes.includes((error as NodeJS.ErrnoException).code ?? '')
}

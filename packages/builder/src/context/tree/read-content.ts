/**
 * Reading files of the context: the very files that were looked at, and as they were then.
 * @module
 */
import { closeSync, constants, fstatSync, openSync, read, readSync } from 'node:fs'
import { promisify } from 'node:util'
import { BuilderError } from '../../errors.ts'
import type { Descriptors } from './descriptors.ts'
import { type FileVersion, isSameVersion, versionOf } from './scan-directory.ts'

/** Without O_NONBLOCK, opening a pipe that came in the place of the file would wait for its writer for ever. */
const flags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK
const chunkBytes = 1024 * 1024
/** Reading this much is faster than waiting for another thread to do it. */
export const smallBytes = 256 * 1024
const readAsync = promisify(read)

export interface ReadContent {
  readonly descriptors: Descriptors
  /** In the context. */
  readonly path: string
  readonly version: FileVersion
  readonly signal?: AbortSignal | undefined
}

/** The content of a file of at most {@link smallBytes}. @throws CONTEXT_CHANGED, CONTEXT_UNREADABLE */
export function readSmallContent({ descriptors, path, version }: ReadContent): Uint8Array {
  return withFile({ descriptors, path, version }, (fd) => {
    const content = Buffer.allocUnsafe(version.size)
    let length = 0
    while (length < content.byteLength) {
      const bytes = readSync(fd, content, length, content.byteLength - length, length)
      if (bytes === 0) throw changed(path)
      length += bytes
    }
    checkVersion(fd, path, version)
    return content
  })
}

/** @throws CONTEXT_CHANGED, CONTEXT_UNREADABLE; the reason of the signal */
export async function* readContent({ descriptors, path, version, signal }: ReadContent): AsyncGenerator<Uint8Array> {
  const fd = openFile({ descriptors, path })
  try {
    checkVersion(fd, path, version)
    for (let at = 0; at < version.size; ) {
      signal?.throwIfAborted()
      // Not used again: whoever gets a chunk may keep it.
      const chunk = Buffer.allocUnsafe(Math.min(chunkBytes, version.size - at))
      const { bytesRead } = await readAsync(fd, chunk, 0, chunk.byteLength, at)
      if (bytesRead === 0) throw changed(path)
      at += bytesRead
      yield chunk.subarray(0, bytesRead)
    }
    checkVersion(fd, path, version)
  } finally {
    closeSync(fd)
  }
}

function withFile<Result>(of: Omit<ReadContent, 'signal'>, act: (fd: number) => Result): Result {
  const fd = openFile(of)
  try {
    checkVersion(fd, of.path, of.version)
    return act(fd)
  } finally {
    closeSync(fd)
  }
}

function openFile({ descriptors, path }: Pick<ReadContent, 'descriptors' | 'path'>): number {
  const slash = path.lastIndexOf('/')
  const name = path.slice(slash + 1)
  try {
    return descriptors.within(path.slice(0, Math.max(0, slash)), (directory) => openSync(`${directory}/${name}`, flags))
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'ENOENT' || code === 'ENOTDIR' || code === 'ELOOP') throw changed(path, error)
    if (code === undefined) throw error
    throw new BuilderError('CONTEXT_UNREADABLE', `${path} in the build context cannot be read: ${code}`, {
      detail: { path, code },
      cause: error,
    })
  }
}

function checkVersion(fd: number, path: string, expected: FileVersion): void {
  const stats = fstatSync(fd, { bigint: true })
  if (!stats.isFile() || !isSameVersion(versionOf(stats), expected)) throw changed(path)
}

function changed(path: string, cause?: unknown): BuilderError {
  return new BuilderError('CONTEXT_CHANGED', `${path} in the build context was changed while it was read`, {
    detail: { path },
    cause,
  })
}

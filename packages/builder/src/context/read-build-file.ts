/**
 * Reading the Dockerfile and the ignore file: small files, which strangers may have put into a context as links to files
 * that are not theirs. An error that quotes such a file would tell what is in it.
 * @module
 */
import { constants } from 'node:fs'
import { type FileHandle, lstat, open, readlink, realpath, stat } from 'node:fs/promises'
import { isAbsolute, relative, resolve, sep } from 'node:path'

export interface ReadBuildFileOptions {
  /** What lies in this directory by its name must lie there without links as well. @default none */
  readonly context: string | undefined
  readonly maxBytes: number
  /** Makes the error that is thrown, of a text that says what the file is: `it is not a file`. */
  readonly refuse: (why: string, cause?: unknown) => Error
}

export interface BuildFileContent {
  readonly bytes: Uint8Array
  /** Of the last change, in seconds since 1970. */
  readonly time: number
}

/** Undefined when there is no such file. @throws what `refuse` makes */
export async function readBuildFile(
  path: string,
  options: ReadBuildFileOptions,
): Promise<BuildFileContent | undefined> {
  const { maxBytes, refuse } = options
  try {
    // Opening a device may do something; opening a pipe that came in the place of the file would wait for its writer.
    if (!(await stat(path)).isFile()) throw refuse('it is not a file')
    await checkPlace(path, await realpath(path), options)
    await using handle = await open(path, constants.O_RDONLY | constants.O_NONBLOCK)
    const stats = await handle.stat()
    if (!stats.isFile()) throw refuse('it is not a file')
    // Whoever exchanges the file after the first look is seen by the second.
    await checkPlace(path, await placeOf(handle, path, options), options)
    if (stats.size > maxBytes) throw refuse(`it has ${stats.size} bytes, ${maxBytes} are allowed`)
    const buffer = Buffer.alloc(stats.size)
    const { bytesRead } = await handle.read(buffer, 0, stats.size, 0)
    return { bytes: buffer.subarray(0, bytesRead), time: stats.mtimeMs / 1000 }
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined
    throw (error as NodeJS.ErrnoException).syscall === undefined ? error : refuse(`${code}`, error)
  }
}

/** @param real where the file lies, without links */
async function checkPlace(path: string, real: string, { context, refuse }: ReadBuildFileOptions): Promise<void> {
  if (context === undefined || !isBelow(resolve(context), resolve(path))) return
  if (isBelow(await realpath(context), real)) return
  throw refuse('it is a link that leads out of the build context')
}

/** Where an open file lies: Linux knows, elsewhere it is looked for by its name. */
async function placeOf(handle: FileHandle, path: string, { refuse }: ReadBuildFileOptions): Promise<string> {
  if (process.platform === 'linux') return readlink(`/proc/self/fd/${handle.fd}`)
  const real = await realpath(path)
  const [found, opened] = await Promise.all([lstat(real), handle.stat()])
  if (found.dev !== opened.dev || found.ino !== opened.ino) throw refuse('it was changed while it was read')
  return real
}

function isBelow(directory: string, path: string): boolean {
  const inside = relative(directory, path)
  return inside !== '..' && !inside.startsWith(`..${sep}`) && !isAbsolute(inside)
}

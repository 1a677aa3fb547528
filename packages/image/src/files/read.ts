/**
 * Reading regular files: small ones whole with a limit, large ones as a stream from any offset.
 * @module
 */
import { closeSync, constants, createReadStream, fstatSync, openSync, readFileSync, statSync } from 'node:fs'
import { type FileHandle, open } from 'node:fs/promises'
import type { Readable } from 'node:stream'
import { hasSystemCode } from './system-error.ts'

/** Read sizes below this cost more calls than they save memory. */
const readSize = 1024 * 1024

/** Size in bytes of a regular file; undefined when there is none of that name, or it is something else. */
export async function regularFileSize(path: string): Promise<number | undefined> {
  try {
    const found = statSync(path, { throwIfNoEntry: false })
    return found?.isFile() === true ? found.size : undefined
  } catch (error) {
    if (hasSystemCode(error, 'ENOTDIR')) return undefined
    throw error
  }
}

/**
 * The bytes of a file of at most `limit` bytes; undefined when it does not exist. Read at once: handing four small calls to other
 * threads takes longer than they do. @throws RangeError when it is larger.
 */
export async function readSmallFile(path: string, limit: number): Promise<Buffer | undefined> {
  const fd = openRegularNow(path)
  if (fd === undefined) return undefined
  try {
    const { size } = fstatSync(fd)
    if (size > limit) throw new RangeError(`${path} has ${size} bytes; expected at most ${limit}`)
    return readFileSync(fd)
  } finally {
    closeSync(fd)
  }
}

/** The bytes from `offset` on; undefined when there is no such regular file. */
export async function openFileRange(
  path: string,
  { offset = 0, signal }: { readonly offset?: number | undefined; readonly signal?: AbortSignal | undefined },
): Promise<Readable | undefined> {
  const handle = await openRegular(path)
  if (handle === undefined) return undefined
  const stream = createReadStream('', {
    fd: handle,
    start: offset,
    highWaterMark: readSize,
    ...(signal === undefined ? {} : { signal }),
  })
  if (offset === 0) wholeFiles.set(stream, { stream, handle })
  return stream
}

const wholeFiles = new WeakMap<object, { readonly stream: Readable; readonly handle: FileHandle }>()

/**
 * Takes the file of a stream that would read one from its beginning: a descriptor at that beginning, which the caller closes, in
 * place of the stream, which is destroyed. Undefined for other streams, and where there is no `/proc`: nothing happens to them.
 */
export function takeFile(stream: object): number | undefined {
  const file = wholeFiles.get(stream)
  if (file === undefined || file.stream.destroyed || file.stream.readableDidRead) return undefined
  try {
    const fd = openSync(`/proc/self/fd/${file.handle.fd}`, constants.O_RDONLY)
    file.stream.destroy()
    return fd
  } catch {
    return undefined
  }
}

// Without O_NONBLOCK, opening a named pipe that somebody put there would wait for its writer for ever.
async function openRegular(path: string): Promise<FileHandle | undefined> {
  let handle: FileHandle
  try {
    handle = await open(path, constants.O_RDONLY | constants.O_NONBLOCK)
  } catch (error) {
    if (hasSystemCode(error, 'ENOENT', 'ENOTDIR', 'ENXIO')) return undefined
    throw error
  }
  if ((await handle.stat()).isFile()) return handle
  await handle.close()
  return undefined
}

function openRegularNow(path: string): number | undefined {
  let fd: number
  try {
    fd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK)
  } catch (error) {
    if (hasSystemCode(error, 'ENOENT', 'ENOTDIR', 'ENXIO')) return undefined
    throw error
  }
  if (fstatSync(fd).isFile()) return fd
  closeSync(fd)
  return undefined
}

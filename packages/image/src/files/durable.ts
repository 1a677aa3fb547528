/**
 * Writing files so that a crash at any point leaves the old state or the new one: write beside, fsync, link or rename,
 * fsync the directory.
 * @module
 */
import { randomBytes } from 'node:crypto'
import { link, mkdir, open, rename, stat, unlink } from 'node:fs/promises'
import { dirname } from 'node:path'
import { hasSystemCode, writeError } from './system-error.ts'

/** Replaces the file atomically; readers see the old bytes or the new ones. */
export async function replaceFile(path: string, bytes: Uint8Array | string): Promise<void> {
  const temporary = await writeBeside(path, bytes)
  try {
    await rename(temporary, path)
  } catch (error) {
    await removeIfPresent(temporary)
    throw writeError(error, path)
  }
  await syncDirectory(dirname(path))
}

/**
 * Makes the files with these bytes, each whole or not at all, and only when those before it are durable. One that is
 * there already stays as it is.
 */
export async function createFiles(files: readonly NewFile[]): Promise<void> {
  const written = await Promise.all(
    files.map(async ({ path, bytes }) => ({ path, temporary: await writeBeside(path, bytes) })),
  )
  for (const { path, temporary } of written) {
    await publishFile(temporary, path)
    await syncDirectory(dirname(path))
  }
}

export interface NewFile {
  readonly path: string
  readonly bytes: Uint8Array | string
}

/**
 * Gives the finished and synced file `temporary` its final name, in the same file system. A file of that name is left
 * alone when it has `size` bytes and replaced when it has not; without `size` it is always left alone. The name
 * survives a power cut once {@link syncDirectory} has followed.
 */
export async function publishFile(temporary: string, path: string, size?: number): Promise<void> {
  try {
    await linkOrRename(temporary, path, size)
  } finally {
    await removeIfPresent(temporary)
  }
}

/** Makes the directory and its parents, each entry synced. */
export async function makeDirectory(path: string): Promise<void> {
  const first = await mkdir(path, { recursive: true })
  if (first === undefined) return
  const parents: string[] = []
  for (let at = path; parents.at(-1) !== dirname(first) && dirname(at) !== at; at = dirname(at))
    parents.push(dirname(at))
  // At once, since the file system writes them together then.
  await Promise.all(parents.map(syncDirectory))
}

/** Makes names created in the directory survive a power cut. Where directories cannot be synced, nothing happens. */
export async function syncDirectory(path: string): Promise<void> {
  const handle = await open(path, 'r')
  try {
    await handle.sync()
  } catch (error) {
    if (!hasSystemCode(error, 'EINVAL', 'EPERM', 'EISDIR', 'ENOTSUP')) throw error
  } finally {
    await handle.close()
  }
}

/** Success as well when there is no such file. */
export async function removeIfPresent(path: string): Promise<void> {
  try {
    await unlink(path)
  } catch (error) {
    if (!hasSystemCode(error, 'ENOENT')) throw error
  }
}

async function writeBeside(path: string, bytes: Uint8Array | string): Promise<string> {
  const temporary = `${path}.${randomBytes(6).toString('hex')}.tmp`
  const handle = await open(temporary, 'wx')
  try {
    await handle.writeFile(bytes)
    await handle.sync()
  } catch (error) {
    await removeIfPresent(temporary)
    throw writeError(error, path)
  } finally {
    await handle.close()
  }
  return temporary
}

async function linkOrRename(temporary: string, path: string, size: number | undefined): Promise<void> {
  try {
    await link(temporary, path)
  } catch (error) {
    if (hasSystemCode(error, 'EEXIST')) {
      if (size !== undefined && (await stat(path)).size !== size) await rename(temporary, path)
    } else if (hasSystemCode(error, 'EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EMLINK')) {
      // File systems without hard links. The content is named by its digest, so overwriting changes nothing.
      await rename(temporary, path)
    } else {
      throw writeError(error, path)
    }
  }
}

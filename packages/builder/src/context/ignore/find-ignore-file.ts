/**
 * The ignore file of a build: `<Dockerfile>.dockerignore` beside the Dockerfile, else `.dockerignore` in the context.
 * @module
 */
import { constants } from 'node:fs'
import { type FileHandle, open } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { BuilderError } from '../../errors.ts'
import { type IgnorePattern, parseIgnoreFile } from './parse-ignore-file.ts'

const maxBytes = 1024 * 1024

export interface FoundIgnoreFile {
  readonly path: string
  readonly patterns: readonly IgnorePattern[]
}

/**
 * Undefined where there is neither.
 * @param dockerfile its path; undefined where it comes from elsewhere than a file
 * @throws IGNORE_INVALID, also for what is no regular file of at most 1 MiB
 */
export async function findIgnoreFile(
  context: string,
  dockerfile: string | undefined,
): Promise<FoundIgnoreFile | undefined> {
  const candidates = [
    ...(dockerfile === undefined ? [] : [`${dockerfile}.dockerignore`]),
    join(context, '.dockerignore'),
  ]
  for (const path of candidates) {
    const content = await readIfThere(path)
    if (content !== undefined) return { path, patterns: parseIgnoreFile(content, basename(path)) }
  }
  return undefined
}

async function readIfThere(path: string): Promise<Uint8Array | undefined> {
  let handle: FileHandle | undefined
  try {
    // A pipe would make the build wait for its writer.
    handle = await open(path, constants.O_RDONLY | constants.O_NONBLOCK)
    const stats = await handle.stat()
    if (!stats.isFile()) throw unreadable(path, 'it is not a file')
    if (stats.size > maxBytes) throw unreadable(path, `it has ${stats.size} bytes, ${maxBytes} are allowed`)
    return await handle.readFile()
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined
    throw error instanceof BuilderError ? error : unreadable(path, `${code}`, error)
  } finally {
    await handle?.close()
  }
}

function unreadable(path: string, why: string, cause?: unknown): BuilderError {
  return new BuilderError('IGNORE_INVALID', `${path} cannot be used: ${why}`, { detail: { path }, cause })
}

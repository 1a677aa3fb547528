/**
 * The files of the cache. Every one of them may be deleted at any time: that costs a step that is executed again, or a
 * reason that is not told.
 *
 * ```
 * build-cache/
 *   steps/<parent>/<key>.json    the image that the step made of the parent; key: see stepKey
 *   files/<sum>.json             what COPY or ADD chose, by the sum of it
 *   texts/<digest>               an instruction of this text was executed, under whatever parent
 *   sources/<image>/<digest>     the sum of what COPY --from chose in an image, which never changes
 *   contents.json                digests of files of the context, by size, times and inode
 *   tmp/<process>-<uuid>/        files that a build needs for a while
 * ```
 * @module
 */
import { randomBytes } from 'node:crypto'
import { mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'

/** A directory of small files, each written whole or not at all. */
export interface RecordFiles {
  readonly directory: string
  read(path: string): Promise<string | undefined>
  /** A disk that is full, or not to be written, is no reason to fail a build: then there is no record. */
  write(path: string, text: string): Promise<void>
  remove(path: string): Promise<void>
  exists(path: string): Promise<boolean>
  /** The newest first. */
  list(path: string): Promise<readonly string[]>
}

export function recordFiles(directory: string): RecordFiles {
  const absolute = (path: string) => join(directory, path)
  return {
    directory,
    read: (path) => orUndefined(readFile(absolute(path), 'utf8')),
    async write(path, text) {
      const target = absolute(path)
      const temporary = `${target}.${randomBytes(6).toString('hex')}.tmp`
      try {
        await mkdir(dirname(target), { recursive: true })
        await writeFile(temporary, text, { flag: 'wx' })
        await rename(temporary, target)
      } catch {
        await rm(temporary, { force: true })
      }
    },
    remove: (path) => rm(absolute(path), { force: true, recursive: true }),
    exists: async (path) => (await orUndefined(stat(absolute(path)))) !== undefined,
    async list(path) {
      const names = (await orUndefined(readdir(absolute(path)))) ?? []
      const aged = await Promise.all(
        names
          .filter((name) => !name.endsWith('.tmp'))
          .map(async (name) => ({ name, time: (await orUndefined(stat(absolute(join(path, name)))))?.mtimeMs ?? 0 })),
      )
      return aged.sort((a, b) => b.time - a.time).map(({ name }) => name)
    },
  }
}

/** What cannot be read is not there. */
async function orUndefined<T>(reading: Promise<T>): Promise<T | undefined> {
  try {
    return await reading
  } catch {
    return undefined
  }
}

/**
 * Makes the parts of a new store, its marker last and durably: a directory without the marker holds nothing yet.
 * @module
 */
import { mkdir, open, rename } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { dataName, formatName, markerName } from './check-directory.ts'
import { layoutVersion } from './database.ts'
import { storageError } from './file-system.ts'

/** The directory itself, private to its user. @throws STORAGE_FULL, UNAVAILABLE */
export async function makeDirectory(directory: string): Promise<void> {
  try {
    const first = await mkdir(directory, { recursive: true, mode: 0o700 })
    if (first === undefined) return
    for (let path = directory; path.length >= first.length; path = dirname(path)) await syncDirectory(dirname(path))
  } catch (error) {
    throw storageError('make', directory, error)
  }
}

/**
 * An empty database file that only its user can read; SQLite gives its companions the same mode. Before anything has
 * opened the database: closing the descriptor would drop this process's locks on it.
 */
export async function makeDatabaseFile(path: string): Promise<void> {
  try {
    await (await open(path, 'a', 0o600)).close()
  } catch (error) {
    throw storageError('make', path, error)
  }
}

/** Once the database exists: the data directory and the marker. */
export async function finishDirectory(directory: string): Promise<void> {
  try {
    await mkdir(join(directory, dataName), { recursive: true, mode: 0o700 })
    await syncDirectory(directory)
    const temporary = join(directory, `${markerName}.new`)
    const handle = await open(temporary, 'w', 0o600)
    try {
      await handle.writeFile(`${JSON.stringify({ format: formatName, layout: layoutVersion })}\n`)
      await handle.sync()
    } finally {
      await handle.close()
    }
    await rename(temporary, join(directory, markerName))
    await syncDirectory(directory)
  } catch (error) {
    throw storageError('make', directory, error)
  }
}

async function syncDirectory(path: string): Promise<void> {
  const handle = await open(path, 'r')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}

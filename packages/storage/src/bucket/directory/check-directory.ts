/**
 * Looks at a directory before anything in it is touched: is it ours, empty, or somebody else's, and can it hold a store?
 *
 * ```
 * DIR/
 *   store.json     {format, layout}: written last when a store is made, so that a half-made one is known
 *   index.db       cells, small objects, and the rows of large ones (with index.db-wal, index.db-shm)
 *   lock.db        held by the process that owns the directory
 *   owner.json     {pid, host, since} of that process
 *   control.sock   where a registry that owns it takes work from others
 *   d/ab/cdef...   large objects
 * ```
 * @module
 */
import { constants } from 'node:fs'
import { access, readdir, readFile, stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { OciError } from '@tsreg/oci'
import { databaseName, layoutVersion } from './database.ts'
import { networkFileSystem } from './file-system-type.ts'

export const markerName = 'store.json'
export const lockName = 'lock.db'
export const ownerName = 'owner.json'
export const dataName = 'd'
export const formatName = 'tsreg-directory'

/** `new`: absent, empty, or the remains of a store that was never finished. */
export type DirectoryState = 'new' | 'existing'

export interface DirectoryProbe {
  readonly networkFileSystem: (path: string) => Promise<string | undefined>
  readonly access: (path: string, mode: number) => Promise<void>
}

const systemProbe: DirectoryProbe = { networkFileSystem, access }

/**
 * @throws UNSUPPORTED (network file system, a foreign or newer directory), UNAVAILABLE (not readable, not writable, or
 * damaged); `detail.reason` names the case, the message says what to do.
 */
export async function checkDirectory(directory: string, probe: DirectoryProbe = systemProbe): Promise<DirectoryState> {
  const present = await nearestPresent(directory)
  const network = await probe.networkFileSystem(present)
  if (network !== undefined) {
    throw refused(
      'network-file-system',
      directory,
      `it is on a network file system, ${network}, whose locks and syncs do not protect a database; use a local disk, or an S3 bucket to share a store`,
    )
  }
  await checkAccess(directory, present, probe)
  if (present !== directory) return 'new'
  const names = (await readdir(directory)).filter((name) => name !== 'lost+found')
  if (names.includes(markerName)) return checkExisting(directory, names)
  if (await isUnfinished(directory, names)) return 'new'
  throw refused(
    'foreign',
    directory,
    `it holds other files (${names.slice(0, 3).join(', ')}) and no ${markerName}; choose an empty or new directory`,
  )
}

/** The directory, or its nearest ancestor that exists. @throws UNAVAILABLE when that is not a directory. */
async function nearestPresent(directory: string): Promise<string> {
  for (let path = directory; ; path = dirname(path)) {
    try {
      if ((await stat(path)).isDirectory()) return path
      throw refused('not-a-directory', directory, `${path} is a file; choose another path`)
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException
      if (code === 'ENOENT' && path !== dirname(path)) continue
      if (code === 'ENOTDIR')
        throw refused('not-a-directory', directory, `a part of the path is a file; choose another path`)
      if (error instanceof OciError) throw error
      throw unusable(
        'unreadable',
        directory,
        `${path} cannot be looked at: ${code}; check its owner and permissions`,
        error,
      )
    }
  }
}

async function checkAccess(directory: string, present: string, probe: DirectoryProbe): Promise<void> {
  try {
    await probe.access(present, constants.R_OK | constants.X_OK)
  } catch (error) {
    throw unusable(
      'unreadable',
      directory,
      `${present} cannot be read by this user; check its owner and permissions`,
      error,
    )
  }
  try {
    await probe.access(present, constants.W_OK)
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    const why =
      code === 'EROFS'
        ? 'is on a file system mounted read-only; remount it'
        : 'cannot be written by this user; check its owner and permissions'
    throw unusable('read-only', directory, `${present} ${why}`, error)
  }
}

async function checkExisting(directory: string, names: readonly string[]): Promise<'existing'> {
  const marker = await readMarker(directory)
  if (marker.format !== formatName || !Number.isInteger(marker.layout)) {
    throw refused('foreign', directory, `its ${markerName} is not one of a store; choose an empty or new directory`)
  }
  if (Number(marker.layout) > layoutVersion) {
    throw refused(
      'newer-layout',
      directory,
      `it has layout ${marker.layout}, this program knows ${layoutVersion}; use the newer program that wrote it`,
    )
  }
  // A new database would know none of the data files, and the sweep would remove them all.
  if (!names.includes(databaseName)) {
    throw unusable('damaged', directory, `${databaseName} is missing; restore it from a backup`)
  }
  return 'existing'
}

async function readMarker(directory: string): Promise<{ readonly format?: unknown; readonly layout?: unknown }> {
  let text: string
  try {
    text = await readFile(join(directory, markerName), 'utf8')
  } catch (error) {
    throw unusable('unreadable', directory, `its ${markerName} cannot be read; check its owner and permissions`, error)
  }
  try {
    return { ...JSON.parse(text) }
  } catch {
    return {}
  }
}

/** A crash while the store was being made: only our own names, and nothing was ever stored. */
async function isUnfinished(directory: string, names: readonly string[]): Promise<boolean> {
  const ours = [databaseName, lockName, ownerName, markerName]
  if (!names.every((name) => name === dataName || ours.some((own) => name.startsWith(own)))) return false
  return !names.includes(dataName) || (await readdir(join(directory, dataName))).length === 0
}

function refused(reason: string, directory: string, why: string): OciError {
  return new OciError('UNSUPPORTED', `${directory} cannot be used as a store: ${why}`, {
    detail: { directory, reason },
  })
}

function unusable(reason: string, directory: string, why: string, cause?: unknown): OciError {
  return new OciError('UNAVAILABLE', `${directory} cannot be used as a store: ${why}`, {
    cause,
    detail: { directory, reason },
  })
}

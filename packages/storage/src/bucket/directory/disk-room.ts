/**
 * Keeps a little of the disk for cells: bytes of objects are refused before the disk is full, because deleting them, too,
 * needs room for the rows that change.
 * @module
 */
import { OciError } from '@tsreg/oci'
import { type FileSystem, storageError } from './file-system.ts'

export interface DiskRoom {
  /** Resolves when there is room for so many bytes of an object. @throws STORAGE_FULL */
  claim(bytes: number): Promise<void>
}

const mebibyte = 1024 * 1024
const largestReserve = 64 * mebibyte
/** The disk is looked at again after so much was written or so long, whatever comes first. */
const creditBytes = 64 * mebibyte
const creditMs = 1000

export function diskRoom(directory: string, fileSystem: Pick<FileSystem, 'statfs'>): DiskRoom {
  let credit = 0
  let lookedAt = Number.NEGATIVE_INFINITY

  async function look(): Promise<{ readonly room: number; readonly reserve: number }> {
    try {
      const { bsize, blocks, bavail } = await fileSystem.statfs(directory)
      const reserve = reserveOf(bsize * blocks)
      return { room: bsize * bavail - reserve, reserve }
    } catch (error) {
      throw storageError('look at', directory, error)
    }
  }

  return {
    async claim(bytes) {
      if (credit < bytes || performance.now() - lookedAt > creditMs) {
        const { room, reserve } = await look()
        if (room < bytes) throw full(directory, bytes, room, reserve)
        credit = Math.min(room, Math.max(bytes, creditBytes))
        lookedAt = performance.now()
      }
      credit -= bytes
    },
  }
}

/** A sixteenth of a small disk, 64 MiB of any other. */
function reserveOf(diskBytes: number): number {
  return Math.min(largestReserve, diskBytes / 16)
}

function full(directory: string, wanted: number, room: number, reserve: number): OciError {
  const free = Math.max(0, room + reserve)
  const message = `${directory} has no room for ${wanted} bytes: ${free} are free and ${reserve} of the disk are kept for cells; delete something`
  return new OciError('STORAGE_FULL', message, { detail: { path: directory, wanted, free, reserve } })
}

/**
 * What is mounted into containers, before they start: directories of this machine that are not there yet, and anonymous
 * volumes, a directory of the container's own for each volume of its image, with what the image has there.
 * @module
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { constants, existsSync } from 'node:fs'
import { mkdir, open, readdir } from 'node:fs/promises'
import { dirname } from 'node:path'
import type { ContainerMount } from '../bundle/mounts.ts'
import { RuntimeError } from '../errors.ts'
import { withPlaceInside } from '../rootfs/inside.ts'

/**
 * Makes the directories of this machine that are to be shown in the container and are not there, as docker does.
 * @throws RuntimeError MOUNT_INVALID where none can be made
 */
export async function makeSources(mounts: readonly ContainerMount[]): Promise<void> {
  for (const { kind, source } of mounts) {
    if (kind !== 'bind') continue
    try {
      await makeDirectory(source)
    } catch (error) {
      throw new RuntimeError(
        'MOUNT_INVALID',
        `error while creating mount source path '${source}': ${(error as Error).message}`,
        { detail: { source }, cause: error },
      )
    }
  }
}

// Not with `recursive`: where a file system makes no directories, as /proc, that never returns.
async function makeDirectory(path: string): Promise<void> {
  if (existsSync(path)) return
  await makeDirectory(dirname(path))
  try {
    await mkdir(path)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
  }
}

/** Copies what the root file system has at the destinations of volumes that are empty still. */
export async function fillVolumes(root: string, mounts: readonly ContainerMount[]): Promise<void> {
  for (const { kind, source, destination } of mounts) {
    if (kind !== 'volume' || (await readdir(source)).length > 0) continue
    await withPlaceInside(root, destination, async (place) => {
      if (place !== undefined) await copyDirectory(place.path, source)
    })
  }
}

/** The way there ends in an open directory: whatever becomes of the names, the copy is of that one. */
async function copyDirectory(from: string, to: string): Promise<void> {
  const directory = await openDirectory(from)
  if (directory === undefined) return
  try {
    const child = spawn('cp', ['--archive', '--no-target-directory', '--', '/proc/self/fd/3/.', to], {
      stdio: ['ignore', 'ignore', 'pipe', directory.fd],
    })
    let complaints = ''
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      complaints = `${complaints}${text}`.slice(-4096)
    })
    const [code] = await once(child, 'close')
    if (code !== 0) throw new RuntimeError('MOUNT_INVALID', `a volume cannot be filled: ${complaints.trim()}`)
  } finally {
    await directory.close()
  }
}

async function openDirectory(path: string) {
  try {
    return await open(path, constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW)
  } catch (error) {
    if (['ENOENT', 'ENOTDIR', 'ELOOP'].includes((error as NodeJS.ErrnoException).code ?? '')) return undefined
    throw error
  }
}

/**
 * Which images containers were made from.
 * @module
 */
import { existsSync } from 'node:fs'
import type { ImageUser } from '@tsreg/image'
import type { Digest } from '@tsreg/oci'

/**
 * Finds a container that was made from the image; of several one that runs. The containers are read when first asked for.
 * @param directory with all containers
 */
export function imageUsers(directory: string): (imageId: Digest) => Promise<ImageUser | undefined> {
  let read: Promise<ReadonlyMap<Digest, ImageUser>> | undefined
  return async (imageId) => {
    read ??= readUsers(directory)
    return (await read).get(imageId)
  }
}

async function readUsers(directory: string): Promise<ReadonlyMap<Digest, ImageUser>> {
  const users = new Map<Digest, ImageUser>()
  if (!existsSync(directory)) return users
  const { listContainers } = await import('@tsreg/runtime')
  for (const { record, state } of await listContainers(directory)) {
    if (users.get(record.image.id)?.isRunning === true) continue
    users.set(record.image.id, { containerId: record.id, isRunning: state.status === 'running' })
  }
  return users
}

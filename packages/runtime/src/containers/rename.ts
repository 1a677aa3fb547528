/**
 * `rename`
 * @module
 */
import { RuntimeError } from '../errors.ts'
import type { Container } from './find.ts'
import { releaseName, reserveName } from './names.ts'
import { writeRecord } from './record.ts'

/**
 * The new name is taken before the old one is given up: after a crash the container may have both, and it is found by both.
 * @throws RuntimeError CONTAINER_NAME_TAKEN, OPTION_INVALID
 */
export async function renameContainer(directory: string, { record }: Container, name: string): Promise<void> {
  if (record.name === name) {
    throw new RuntimeError('OPTION_INVALID', `Renaming a container with the same name as its current name: ${name}`)
  }
  await reserveName(directory, record.id, name)
  await writeRecord(directory, { ...record, name })
  await releaseName(directory, record.id, record.name)
}

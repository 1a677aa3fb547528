/**
 * `rename`
 * @module
 */
import { RuntimeError } from '../errors.ts'
import type { Container } from './find.ts'
import { releaseName, reserveName, withoutSlash } from './names.ts'
import { writeRecord } from './record.ts'

/**
 * The new name is taken before the old one is given up: after a crash the container may have both, and it is found by both.
 * @throws RuntimeError CONTAINER_NAME_TAKEN, OPTION_INVALID
 */
export async function renameContainer(directory: string, { record }: Container, newName: string): Promise<void> {
  if (newName === '') throw new RuntimeError('OPTION_INVALID', 'Neither old nor new names may be empty')
  if (record.name === withoutSlash(newName)) {
    throw new RuntimeError('OPTION_INVALID', `Renaming a container with the same name as its current name: ${newName}`)
  }
  const name = await reserveName(directory, record.id, newName)
  await writeRecord(directory, { ...record, name })
  await releaseName(directory, record.id, record.name)
}

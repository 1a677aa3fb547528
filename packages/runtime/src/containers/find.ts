/**
 * All containers, and the one that the user means.
 * @module
 */
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { RuntimeError } from '../errors.ts'
import { isContainerId, shortContainerId } from './id.ts'
import { ownerOf, withoutSlash } from './names.ts'
import { type ContainerRecord, readRecord } from './record.ts'
import { type ContainerState, readState } from './state.ts'

export interface Container {
  readonly record: ContainerRecord
  readonly state: ContainerState
}

/** The newest first. One that cannot be read is given to `onDamaged` and left out. */
export async function listContainers(
  directory: string,
  onDamaged: (error: RuntimeError) => void = () => {},
): Promise<readonly Container[]> {
  const found = await Promise.all(
    (await containerIds(directory)).map(async (id) => {
      try {
        return await readContainer(directory, id)
      } catch (error) {
        if (!(error instanceof RuntimeError)) throw error
        onDamaged(error)
        return undefined
      }
    }),
  )
  return found
    .filter((container) => container !== undefined)
    .toSorted((a, b) => (a.record.created < b.record.created ? 1 : -1))
}

/** Undefined when there is no container of this ID. */
export async function readContainer(directory: string, id: string): Promise<Container | undefined> {
  const record = await readRecord(directory, id)
  return record === undefined ? undefined : { record, state: await readState(join(directory, id)) }
}

/**
 * By full ID, else by name, else by the first digits of an ID, as docker looks.
 * @throws RuntimeError CONTAINER_UNKNOWN; CONTAINER_AMBIGUOUS listing what begins so
 */
export async function findContainer(directory: string, text: string): Promise<Container> {
  const id = await findContainerId(directory, text)
  const container = id === undefined ? undefined : await readContainer(directory, id)
  if (container !== undefined) return container
  throw new RuntimeError('CONTAINER_UNKNOWN', `No such container: ${text}`, { detail: { container: text } })
}

async function findContainerId(directory: string, text: string): Promise<string | undefined> {
  if (isContainerId(text)) return text
  const name = withoutSlash(text)
  if (name === '' || name.includes('/')) return undefined
  const owner = await ownerOf(directory, name)
  if (owner !== undefined && (await readRecord(directory, owner)) !== undefined) return owner
  if (!/^[0-9a-f]+$/.test(text)) return undefined
  return matchPrefix(text, await containerIds(directory))
}

/** @throws RuntimeError CONTAINER_AMBIGUOUS */
export function matchPrefix(prefix: string, ids: readonly string[]): string | undefined {
  const matches = ids.filter((id) => id.startsWith(prefix)).toSorted()
  if (matches.length < 2) return matches[0]
  const listed = matches.slice(0, 10).map(shortContainerId)
  const more = matches.length > listed.length ? ` and ${matches.length - listed.length} more` : ''
  throw new RuntimeError(
    'CONTAINER_AMBIGUOUS',
    `multiple IDs found with provided prefix: ${prefix} (${listed.join(', ')}${more})`,
    { detail: { prefix, matches } },
  )
}

async function containerIds(directory: string): Promise<readonly string[]> {
  try {
    return (await readdir(directory)).filter(isContainerId)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return []
    throw error
  }
}

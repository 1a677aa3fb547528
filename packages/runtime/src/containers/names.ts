/**
 * Names of containers: `adjective_surname` where the user gives none. A name is a link in `names/` that points at the ID;
 * making a link is atomic, so no two containers get one name.
 * @module
 */
import { randomInt } from 'node:crypto'
import { existsSync, mkdirSync, readlinkSync, rmSync, symlinkSync } from 'node:fs'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { claimPath } from '../claims/claim.ts'
import { RuntimeError } from '../errors.ts'
import { adjectives, surnames } from './words.ts'

/** @throws RuntimeError OPTION_INVALID with docker's words */
export function checkName(name: string): void {
  if (/^[a-zA-Z0-9][a-zA-Z0-9_.-]+$/.test(name)) return
  throw new RuntimeError(
    'OPTION_INVALID',
    `Invalid container name (${name}), only [a-zA-Z0-9][a-zA-Z0-9_.-] are allowed`,
    { detail: { name }, advice: 'two characters are the least' },
  )
}

/** Docker prints a slash before each name, and takes one. */
export function withoutSlash(name: string): string {
  return name.replace(/^\//, '')
}

/**
 * Gives the name to the container; undefined gives it one of ours that is free.
 * @throws RuntimeError CONTAINER_NAME_TAKEN when another container has it
 */
export async function reserveName(directory: string, id: string, name: string | undefined): Promise<string> {
  mkdirSync(join(directory, 'names'), { recursive: true })
  if (name !== undefined) {
    const bare = withoutSlash(name)
    checkName(bare)
    await take(directory, id, bare)
    return bare
  }
  for (let attempt = 0; ; attempt += 1) {
    const drawn = drawName(attempt)
    try {
      await take(directory, id, drawn)
      return drawn
    } catch (error) {
      if (!(error instanceof RuntimeError) || attempt > 1000) throw error
    }
  }
}

/** @param attempt from the fourth on a digit makes the name another one */
export function drawName(attempt: number, random: (below: number) => number = randomInt): string {
  const name = `${adjectives[random(adjectives.length)]}_${surnames[random(surnames.length)]}`
  return attempt < 3 ? name : `${name}${random(10)}`
}

/** Frees the name, if it is still this container's. */
export async function releaseName(directory: string, id: string, name: string): Promise<void> {
  if ((await ownerOf(directory, name)) === id) rmSync(linkPath(directory, name), { force: true })
}

/** The ID of the container with the name; undefined when there is none. */
export async function ownerOf(directory: string, name: string): Promise<string | undefined> {
  try {
    return readlinkSync(linkPath(directory, name))
  } catch (error) {
    if (isOneOf(error, 'ENOENT', 'EINVAL', 'ENAMETOOLONG')) return undefined
    throw error
  }
}

/** Frees all names of a container: for one whose name is not known any more. */
export async function releaseNamesOf(directory: string, id: string): Promise<void> {
  for (const name of await namesIn(directory)) await releaseName(directory, id, name)
}

async function take(directory: string, id: string, name: string): Promise<void> {
  for (let attempt = 0; ; attempt += 1) {
    try {
      symlinkSync(id, linkPath(directory, name))
      return
    } catch (error) {
      if (!isOneOf(error, 'EEXIST')) throw error
    }
    const owner = await ownerOf(directory, name)
    if (owner === id) return
    if (owner !== undefined && (attempt > 10 || isThere(directory, owner))) throw taken(name, owner)
    // Whoever had it died before the container was made, or while it was removed.
    if (owner !== undefined) await releaseName(directory, owner, name)
  }
}

function isThere(directory: string, id: string): boolean {
  return existsSync(join(directory, id)) || existsSync(claimPath(directory, id))
}

function taken(name: string, owner: string): RuntimeError {
  return new RuntimeError(
    'CONTAINER_NAME_TAKEN',
    `Conflict. The container name "/${name}" is already in use by container "${owner}". ` +
      'You have to remove (or rename) that container to be able to reuse that name.',
    { detail: { name, owner } },
  )
}

function linkPath(directory: string, name: string): string {
  return join(directory, 'names', name)
}

async function namesIn(directory: string): Promise<readonly string[]> {
  try {
    return await readdir(join(directory, 'names'))
  } catch (error) {
    if (isOneOf(error, 'ENOENT')) return []
    throw error
  }
}

function isOneOf(error: unknown, ...codes: readonly string[]): boolean {
  return codes.includes((error as NodeJS.ErrnoException).code ?? '')
}

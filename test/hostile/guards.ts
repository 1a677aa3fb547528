/**
 * What holds the guards: each mutant takes one out, and says which test then fails.
 * @module
 */

import { readFileSync } from 'node:fs'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { repositoryRoot } from '../harness/paths.ts'

/** The folders of mutants that take guards against hostile input away, in the order of the page. */
export const guardFolders = ['context', 'builder', 'layer', 'snapshot', 'runtime'] as const

export interface HeldGuard {
  /** `folder/name` */
  readonly mutant: string
  /** What the mutant breaks. */
  readonly breaks: string
  /** The file, from the root of the repository, and the function where the patch names it. */
  readonly file: string
  readonly place: string
  /** The test file, and the titles in it that fail. */
  readonly test: string
  readonly titles: readonly string[]
}

/** All guards of a folder that a mutant takes away. @throws Error for a patch that does not say what it breaks */
export async function heldGuards(folder: string): Promise<readonly HeldGuard[]> {
  const directory = join(repositoryRoot, 'test', 'mutants', folder)
  const names = (await readdir(directory)).filter((name) => name.endsWith('.patch')).toSorted()
  return Promise.all(
    names.map(async (name) =>
      guardOf(`${folder}/${name.slice(0, -'.patch'.length)}`, await readFile(join(directory, name), 'utf8')),
    ),
  )
}

/** Whether the file has the function: `file function`, or the file alone. */
export function isThere(guard: string): boolean {
  const [file = '', name = ''] = guard.split(' ')
  try {
    return readFileSync(join(repositoryRoot, file), 'utf8').includes(name)
  } catch {
    return false
  }
}

function guardOf(mutant: string, patch: string): HeldGuard {
  const [, where = '', breaks] = /^([^:\n]+): (.+)$/m.exec(patch) ?? []
  const file = /^\+\+\+ b\/(\S+)/m.exec(patch)?.[1]
  const test = /^Test: (.+)$/m.exec(patch)?.[1]
  const titles = [...patch.matchAll(/^Expected: (.+)$/gm)].flatMap(([, title]) => title ?? [])
  if (breaks === undefined || file === undefined || test === undefined || titles.length === 0) {
    throw new Error(`${mutant} does not say what it breaks and which test fails then`)
  }
  return { mutant, breaks, file, place: where.split(' ').at(-1) ?? '', test, titles }
}

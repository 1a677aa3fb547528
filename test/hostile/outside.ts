/**
 * What an attack wants to reach: a tree that lies outside of everything a build may touch, with secrets in it. It is looked
 * at before and after: every name, type, mode, owner, time and content, and the listing of every directory.
 * @module
 */

import { randomBytes } from 'node:crypto'
import { chmod, mkdir, symlink, utimes, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { readTree } from '@tsreg/testkit'

export interface Outside {
  /** Absolute. */
  readonly path: string
  /** As `path`, by climbing: leads there from any directory. */
  readonly climbing: string
  /** Stands in every file, and must turn up nowhere else. */
  readonly secret: string
  /** One line for each thing that is not as it was. */
  changes(): readonly string[]
}

/** Makes the tree in `directory`, which is new. */
export async function makeOutside(directory: string): Promise<Outside> {
  const secret = `SECRET-${randomBytes(12).toString('hex')}`
  await mkdir(join(directory, 'deep', 'below'), { recursive: true })
  await mkdir(join(directory, 'empty'))
  // Made so that whoever takes it for the file of an image finds a user of this name in it.
  await writeFile(join(directory, 'passwd'), `intruder:x:4242:4242:${secret}:/:/bin/sh\n`)
  await writeFile(join(directory, 'group'), `intruder:x:4242:${secret}\n`)
  await writeFile(join(directory, 'Dockerfile'), `${secret}\n`)
  await writeFile(join(directory, 'ignore'), `[${secret}\n`)
  await writeFile(join(directory, 'secret'), secret)
  await writeFile(join(directory, 'deep', 'below', 'secret'), `deep ${secret}`)
  await symlink('secret', join(directory, 'link'))
  await chmod(join(directory, 'secret'), 0o600)
  await chmod(join(directory, 'empty'), 0o700)
  for (const name of ['secret', 'deep/below', 'deep', 'empty', '.']) {
    await utimes(join(directory, name), 1_000_000_000, 1_000_000_000)
  }
  const before = readTree(directory)
  return {
    path: directory,
    climbing: `${'../'.repeat(40)}${directory.slice(1)}`,
    secret,
    changes() {
      const after = readTree(directory)
      const names = [...new Set([...Object.keys(before), ...Object.keys(after)])].toSorted()
      return names
        .filter((name) => before[name] !== after[name])
        .map((name) => `${name}: ${before[name] ?? 'nothing'} -> ${after[name] ?? 'nothing'}`)
    },
  }
}

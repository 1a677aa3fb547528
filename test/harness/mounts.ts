/**
 * What is mounted below a directory: some programs leave mounts behind, and a directory with mounts cannot be removed.
 * @module
 */

import { readFile } from 'node:fs/promises'
import { run } from './command.ts'

/** Mount points below `directory`, itself included, the innermost first. */
export async function mountsBelow(directory: string): Promise<readonly string[]> {
  const table = await readFile('/proc/self/mounts', 'utf8')
  return table
    .split('\n')
    .map((line) => (line.split(' ')[1] ?? '').replaceAll('\\040', ' '))
    .filter((point) => point === directory || point.startsWith(`${directory}/`))
    .toReversed()
}

/** Unmounts all of them, the last mounted first. */
export async function unmountBelow(directory: string): Promise<void> {
  for (const point of await mountsBelow(directory)) await run(['umount', point])
}

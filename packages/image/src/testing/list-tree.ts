/**
 * What a tree holds, as lines that tests compare: read by the walker of the testkit, and not by this package's own.
 * @module
 */
import { readTree } from '@tsreg/testkit'
import { lgetxattr, llistxattr } from '../syscalls/index.ts'

/** A line for each file below the directory. When something was deleted, which whiteouts tell, does not count. */
export function listTree(directory: string): readonly string[] {
  return Object.entries(readTree(directory, { extra: attributesOf }))
    .filter(([path]) => path !== '.')
    .map(([path, line]) => `${path}: ${line.startsWith('char ') ? line.replace(/ \d+ device/, ' device') : line}`)
}

/** Those that layers carry, and the mark of an opaque directory. */
function attributesOf(path: string): string {
  return llistxattr(path)
    .filter((name) => /^(user\.|security\.capability$|trusted\.overlay\.opaque$)/.test(name))
    .sort()
    .map((name) => `${name}=${lgetxattr(path, name).toString('hex')}`)
    .join(',')
}

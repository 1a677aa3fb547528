/**
 * What a tree holds, read by programs of the system and not by this package, so that two matching faults cannot hide each other.
 * @module
 */
import { execFileSync } from 'node:child_process'

/**
 * A line for each file: type, mode, owner, size, time (of devices none, for whiteouts have one of their own), path, link target, and for files the digest of the
 * content; then lines for hard links and extended attributes.
 */
export function listTree(directory: string): readonly string[] {
  const shell = (script: string) =>
    execFileSync('sh', ['-ec', script], { cwd: directory, maxBuffer: 256 * 1024 * 1024 })
      .toString()
      .split('\n')
      .filter((line) => line !== '')
      .sort()
  const files = shell(
    "find . -mindepth 1 -type d -printf '%y %m %U:%G %T@ %p\\n' -o -type c -printf '%y %m %U:%G %p\\n' -o -printf '%y %m %U:%G %s %T@ %p -> %l\\n'",
  )
  const contents = shell('find . -type f -print0 | xargs -0r sha256sum')
  const links = shell("find . -type f -links +1 -printf '%i %p\\n'")
  const devices = shell("find . '(' -type c -o -type b ')' -exec stat -c '%n %t:%T' '{}' +")
  const attributes = shell(
    "find . -mindepth 1 -print0 | xargs -0r getfattr -h -d -m '^(user|security)\\.' -e hex 2>/dev/null || true",
  )
  return [...files, ...contents, ...groupsOf(links), ...devices, ...attributes]
}

/** Names of one file, by the first of them: inode numbers mean nothing elsewhere. */
function groupsOf(links: readonly string[]): readonly string[] {
  const groups = Map.groupBy(links, (line) => line.split(' ', 1)[0])
  return [...groups.values()]
    .map((lines) =>
      lines
        .map((line) => line.replace(/^\d+ /, ''))
        .sort()
        .join(' = '),
    )
    .sort()
}

/**
 * Notices that files have changed, also when they are replaced by a rename or by a switched symbolic link.
 * @module
 */
import { type Stats, statSync } from 'node:fs'
import { stat } from 'node:fs/promises'

export interface FileWatcher {
  close(): void
}

/**
 * Calls `onChange` after any of the files has another time, size or inode than before. Looks with `stat`, because
 * change events of the file system get lost on mounted and network file systems; never keeps the process alive.
 * @param intervalMs how often to look; default 1000.
 */
export function watchFiles(
  files: readonly string[],
  onChange: () => Promise<void> | void,
  intervalMs = 1000,
): FileWatcher {
  // Known when this returns: a change right after it is one.
  let last = files.map(versionNow).join()
  let looking = false
  const look = async (): Promise<void> => {
    if (looking) return
    looking = true
    try {
      const now = (await Promise.all(files.map((file) => stat(file).then(versionOf, versionOfNone)))).join()
      const changed = now !== last
      last = now
      if (changed) await onChange()
    } finally {
      looking = false
    }
  }
  const timer = setInterval(() => void look(), intervalMs)
  timer.unref()
  return { close: () => clearInterval(timer) }
}

function versionNow(file: string): string {
  try {
    return versionOf(statSync(file))
  } catch (error) {
    return versionOfNone(error)
  }
}

function versionOf({ mtimeMs, ctimeMs, size, ino }: Stats): string {
  return `${mtimeMs}/${ctimeMs}/${size}/${ino}`
}

function versionOfNone(error: unknown): string {
  return String((error as NodeJS.ErrnoException).code)
}

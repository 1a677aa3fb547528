/**
 * Notices that files have changed, also when they are replaced by a rename or by a switched symbolic link.
 * @module
 */
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
  let last: string | undefined
  let looking = false
  const look = async (): Promise<void> => {
    if (looking) return
    looking = true
    try {
      const now = (await Promise.all(files.map(versionOf))).join()
      const changed = last !== undefined && now !== last
      last = now
      if (changed) await onChange()
    } finally {
      looking = false
    }
  }
  void look()
  const timer = setInterval(() => void look(), intervalMs)
  timer.unref()
  return { close: () => clearInterval(timer) }
}

async function versionOf(file: string): Promise<string> {
  try {
    const { mtimeMs, ctimeMs, size, ino } = await stat(file)
    return `${mtimeMs}/${ctimeMs}/${size}/${ino}`
  } catch (error) {
    return String((error as NodeJS.ErrnoException).code)
  }
}

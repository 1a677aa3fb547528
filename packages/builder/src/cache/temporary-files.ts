/**
 * Files that a build needs for a while.
 * @module
 */
import { mkdir, readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'

export interface TemporaryFiles extends AsyncDisposable {
  /** The path of another file that does not exist. */
  next(): string
  [Symbol.asyncDispose](): Promise<void>
}

/** Names in a directory of their own, which is gone with all that is in it at the end. */
export async function temporaryFiles(directory: string): Promise<TemporaryFiles> {
  const own = join(directory, 'tmp', `${process.pid}-${crypto.randomUUID()}`)
  await mkdir(own, { recursive: true })
  let count = 0
  return {
    next: () => join(own, String(count++)),
    async [Symbol.asyncDispose]() {
      await rm(own, { recursive: true, force: true })
    },
  }
}

/** Removes the files of builds that were killed. */
export async function removeLeftFiles(directory: string): Promise<void> {
  for (const name of await namesIn(join(directory, 'tmp'))) {
    if (!isAlive(Number(name.split('-')[0]))) await rm(join(directory, 'tmp', name), { recursive: true, force: true })
  }
}

/** A number that was given to another process since keeps a few files a while longer, no more. */
function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== 'ESRCH'
  }
}

async function namesIn(directory: string): Promise<readonly string[]> {
  try {
    return await readdir(directory)
  } catch {
    return []
  }
}

/**
 * Can a writable layer in this directory be mounted by overlayfs? Only a mount tells: it takes the right to mount, the
 * file system in the kernel, and a file system below that can hold its marks.
 * @module
 */
import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'

const run = promisify(execFile)

/**
 * Undefined when it can; else why not.
 * @param directory where the snapshots are to lie
 */
export async function whyNoOverlay(directory: string): Promise<string | undefined> {
  if (process.platform !== 'linux') return `overlayfs is Linux's, and this is ${process.platform}`
  if (process.getuid?.() !== 0) return 'only root can mount it'
  const probe = await mkdtemp(join(directory, 'probe-'))
  try {
    for (const name of ['lower', 'upper', 'work', 'merged']) await mkdir(join(probe, name))
    // The mount lies in a namespace of its own, and is gone with the process.
    await run('unshare', ['--mount', '--propagation', 'private', 'sh', '-c', script], { cwd: probe })
    return undefined
  } catch (error) {
    return reasonOf(error)
  } finally {
    await rm(probe, { recursive: true, force: true })
  }
}

/** Writes, deletes and replaces, so that the marks of all three are made. */
const script = [
  'set -e',
  ': > lower/file; mkdir lower/directory; : > lower/directory/file',
  'mount -t overlay overlay -o lowerdir=lower,upperdir=upper,workdir=work,index=off,redirect_dir=off,metacopy=off merged',
  'rm merged/file; rm -r merged/directory; mkdir merged/directory; : > merged/directory/new',
].join('\n')

function reasonOf(error: unknown): string {
  const { stderr = '', message } = error as { stderr?: string; message: string }
  return stderr.trim().split('\n').at(-1) || message
}

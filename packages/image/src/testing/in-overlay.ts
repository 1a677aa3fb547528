/**
 * A shell in a mounted snapshot, for tests that may mount.
 * @module
 */
import { execFile } from 'node:child_process'
import { mkdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { whyNoOverlay } from '../snapshot/probe-overlay.ts'
import type { Snapshot } from '../snapshot/snapshotter.ts'

const run = promisify(execFile)

/**
 * Runs the script in the root directory of the snapshot and returns what it printed. The mount lies in a namespace of its own,
 * and is gone with the process. Of a snapshot of kind `directory` the directory itself is used.
 */
export async function inSnapshot(snapshot: Snapshot, script: string): Promise<string> {
  if (snapshot.mount.type === 'bind') {
    return (await run('sh', ['-ec', script], { cwd: snapshot.mount.source })).stdout
  }
  const { options, workingDirectory } = snapshot.mount
  const target = join(workingDirectory, `mounted-${snapshot.key}`)
  await mkdir(target)
  try {
    const mount = `mount -t overlay overlay -o "$1" "$2" && cd "$2" && ${'exec sh -ec "$3"'}`
    const words = ['--mount', '--propagation', 'private', 'sh', '-ec', mount, 'sh', options.join(','), target, script]
    return (await run('unshare', words, { cwd: workingDirectory })).stdout
  } finally {
    await rm(target, { recursive: true })
  }
}

/** False, with a message that names what is left out, where overlays cannot be mounted. */
export async function mayMountOverlays(directory: string, what: string): Promise<boolean> {
  const reason = await whyNoOverlay(directory)
  if (reason !== undefined) console.warn(`left out: ${what}; overlays cannot be mounted here: ${reason}`)
  return reason === undefined
}

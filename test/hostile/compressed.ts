/**
 * Compressions that Node lacks, by the programs of these names.
 * @module
 */

import { spawnSync } from 'node:child_process'
import { toolPath } from '../harness/tools.ts'

export async function bzip2(bytes: Uint8Array): Promise<Uint8Array> {
  return through('bzip2', bytes)
}

export async function xz(bytes: Uint8Array): Promise<Uint8Array> {
  return through('xz', bytes)
}

function through(program: 'bzip2' | 'xz', bytes: Uint8Array): Uint8Array {
  const { status, stdout, error } = spawnSync(toolPath(program), ['-c'], { input: bytes, maxBuffer: 1024 ** 3 })
  if (status !== 0) throw error ?? new Error(`${program} ended with ${status}`)
  return stdout
}

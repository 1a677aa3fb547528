/**
 * Where a secret may have got to: what commands printed, and everything in the home of tsreg, layers uncompressed.
 * @module
 */

import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { gunzip } from 'node:zlib'
import { attempt } from '../harness/command.ts'

const uncompress = promisify(gunzip)
/** Layers of attacks are small, but for those that are bombs, and these hold zeros. */
const maxLayerBytes = 32 * 1024 * 1024

/** The places below `home` that hold the secret. */
export async function findSecret(home: string, secret: string): Promise<readonly string[]> {
  const flags = ['--recursive', '--files-with-matches', '--fixed-strings', '--devices=skip', '--text', '--regexp']
  // Status 1 is "not found", 2 that a file went away meanwhile, which another case may have removed.
  const { stdout } = await attempt(['grep', ...flags, secret, home])
  return [...stdout.split('\n').filter((line) => line !== ''), ...(await findInLayers(home, secret))]
}

async function findInLayers(home: string, secret: string): Promise<readonly string[]> {
  const directory = join(home, 'images', 'blobs', 'sha256')
  const found: string[] = []
  for (const name of await readdir(directory).catch(() => [])) {
    const bytes = await readFile(join(directory, name)).catch(() => Buffer.alloc(0))
    if (bytes[0] !== 0x1f || bytes[1] !== 0x8b) continue
    const tar = await uncompress(bytes, { maxOutputLength: maxLayerBytes }).catch(() => Buffer.alloc(0))
    if (tar.includes(secret)) found.push(join(directory, name))
  }
  return found
}

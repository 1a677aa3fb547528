/**
 * Directories that go away with the test.
 * @module
 */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

export interface TempDir extends AsyncDisposable {
  readonly path: string
  /** A path in the directory. */
  join(...names: readonly string[]): string
}

/** `await using directory = await tempDir()`: removed with everything in it when the block is left. */
export async function tempDir(prefix = 'tsreg-'): Promise<TempDir> {
  const path = await mkdtemp(join(tmpdir(), prefix))
  return {
    path,
    join: (...names) => join(path, ...names),
    [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }),
  }
}

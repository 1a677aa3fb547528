/**
 * The ID of every container and step that there ever was in a home: each is claimed before anything of it is made.
 * @module
 */

import { type FSWatcher, watch } from 'node:fs'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { Home } from './home.ts'

export interface Identities extends Disposable {
  /** So far. */
  readonly ids: ReadonlySet<string>
}

/** Listens from now on; what there is already counts as well. */
export async function watchIdentities({ path }: Home): Promise<Identities> {
  const directory = join(path, 'containers', 'claims')
  const ids = new Set<string>()
  const add = (name: string | null) => {
    if (name !== null && /^[0-9a-f]{64}$/.test(name)) ids.add(name)
  }
  const watcher: FSWatcher = watch(directory, (_, name) => add(name))
  for (const name of await readdir(directory)) add(name)
  return { ids, [Symbol.dispose]: () => watcher.close() }
}

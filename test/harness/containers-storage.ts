/**
 * A storage of the run's own for podman and buildah, with the configuration files they would else take from the machine.
 * @module
 */

import { mkdir, statfs, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

export interface ContainersStorage {
  readonly env: NodeJS.ProcessEnv
  /** A signature policy that trusts everything. */
  readonly policy: string
  /** A file for logins, empty. */
  readonly authfile: string
}

/** The policy file's text. */
export const trustEverything = JSON.stringify({ default: [{ type: 'insecureAcceptAnything' }] })

/** Writes the files into `directory`, which is made here. */
export async function prepareContainersStorage(directory: string): Promise<ContainersStorage> {
  await mkdir(directory, { recursive: true })
  const policy = join(directory, 'policy.json')
  const authfile = join(directory, 'auth.json')
  const registries = join(directory, 'registries.conf')
  await writeFile(policy, trustEverything)
  await writeFile(authfile, '{}')
  await writeFile(registries, '')
  const storage = join(directory, 'storage.conf')
  await writeFile(storage, await storageConfiguration(directory))
  // Nothing of the machine's configuration decides: its storage.conf may name another driver with other options.
  const env = { ...process.env, CONTAINERS_REGISTRIES_CONF: registries, CONTAINERS_STORAGE_CONF: storage }
  return { env, policy, authfile }
}

/** The overlay driver does not work on an overlay file system, where containers of CI systems run. */
async function storageConfiguration(directory: string): Promise<string> {
  const overlayMagic = 0x794c7630
  const driver = (await statfs(directory)).type === overlayMagic ? 'vfs' : 'overlay'
  const settings = { driver, graphroot: join(directory, 'storage'), runroot: join(directory, 'run') }
  return ['[storage]', ...Object.entries(settings).map(([name, value]) => `${name} = "${value}"`), ''].join('\n')
}

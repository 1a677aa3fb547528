/**
 * The two clients that work on the arrangement, as a person calls them, and the images they move.
 * @module
 */

import { createHash } from 'node:crypto'
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { addImage, addLayer, createLayout, layoutTag, platforms, writeIndexFile } from '../bases/layout.ts'
import { run } from '../harness/command.ts'
import { trustEverything } from '../harness/containers-storage.ts'
import { repositoryRoot } from '../harness/paths.ts'
import { createRandom } from '../harness/random.ts'
import { toolPath } from '../harness/tools.ts'

export interface Image {
  /** An OCI layout directory. */
  readonly layout: string
  /** Of its manifest. */
  readonly digest: string
}

export interface Client {
  readonly name: string
  push(image: Image, reference: string): Promise<void>
  /** Into an empty directory; returns the digest of the manifest that lies there. */
  pull(reference: string): Promise<string>
}

/** An image of two layers of random bytes. */
export async function makeImage(layout: string, seed: number, layerBytes: number): Promise<Image> {
  const random = createRandom(seed, layout.slice(layout.lastIndexOf('/')))
  await createLayout(layout)
  const layers = []
  for (const name of ['first', 'second']) {
    const root = `${layout}.${name}`
    await mkdir(root)
    await writeFile(join(root, name), random.bytes(layerBytes))
    layers.push(await addLayer(layout, root))
    await rm(root, { recursive: true })
  }
  const manifest = await addImage(layout, platforms.amd64, layers)
  await writeIndexFile(layout, manifest, layoutTag)
  return { layout, digest: manifest.digest }
}

export async function createSkopeo(directory: string): Promise<Client> {
  await mkdir(directory)
  const policy = join(directory, 'policy.json')
  await writeFile(policy, trustEverything)
  const pulled = join(directory, 'pulled')
  const copy = (...args: readonly string[]) =>
    run([toolPath('skopeo'), '--policy', policy, 'copy', '--quiet', '--preserve-digests', ...args])
  return {
    name: 'skopeo',
    async push({ layout }, reference) {
      await copy('--dest-tls-verify=false', `oci:${layout}:${layoutTag}`, `docker://${reference}`)
    },
    async pull(reference) {
      await rm(pulled, { recursive: true, force: true })
      await copy('--src-tls-verify=false', `docker://${reference}`, `dir:${pulled}`)
      return digestOf(await readFile(join(pulled, 'manifest.json')))
    },
  }
}

export async function createTsreg(directory: string): Promise<Client> {
  await mkdir(directory)
  const home = join(directory, 'home')
  const env = { ...process.env, TSREG_HOME: home, DOCKER_CONFIG: join(directory, 'docker') }
  const tsreg = (...args: readonly string[]) => run([join(repositoryRoot, 'tsreg'), ...args], { env })
  return {
    name: 'tsreg',
    async push({ layout }, reference) {
      await tsreg('push', `oci:${layout}:${layoutTag}`, reference)
    },
    async pull(reference) {
      await rm(home, { recursive: true, force: true })
      await tsreg('pull', '--all-platforms', reference)
      const index = JSON.parse(await readFile(join(home, 'images', 'index.json'), 'utf8'))
      const [hex = ''] = index.manifests.map(({ digest }: { digest: string }) => digest.replace('sha256:', ''))
      return digestOf(await readFile(join(home, 'images', 'blobs', 'sha256', hex)))
    },
  }
}

function digestOf(bytes: Buffer): string {
  return `sha256:${createHash('sha256').update(bytes).digest('hex')}`
}

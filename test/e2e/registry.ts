/**
 * A registry in this process, in memory, on a free port of 127.0.0.1.
 * @module
 */
import { writeFile } from 'node:fs/promises'
import { openLayout } from '@tsreg/image'
import { type RegistrySettings, startRegistry } from '@tsreg/registry'
import { type ContentGraph, pushGraph } from '@tsreg/testkit'

export interface TestRegistry extends AsyncDisposable {
  /** `127.0.0.1:<port>`, as references begin. */
  readonly host: string
  readonly url: string
}

export async function startTestRegistry(settings: RegistrySettings = {}): Promise<TestRegistry> {
  const registry = await startRegistry({
    listen: '127.0.0.1:0',
    storage: 'memory:',
    logLevel: 'silent',
    ...settings,
  })
  const { url } = registry
  return { url, host: new URL(url).host, [Symbol.asyncDispose]: () => registry.close() }
}

/** Writes a layout directory with the images under their references. */
export async function writeLayout(directory: string, images: Readonly<Record<string, ContentGraph>>): Promise<void> {
  const layout = await openLayout(directory)
  for (const [reference, image] of Object.entries(images)) {
    await pushGraph(layout, image)
    await layout.tag(image.manifest.descriptor, reference)
  }
}

/** Writes an htpasswd file with the user `alice` and the password `wonderland`. */
export async function writeUsers(file: string): Promise<void> {
  await writeFile(file, `alice:${aliceHash}\n`)
}

/** bcrypt of `wonderland` at cost 4: as cheap as it gets. */
const aliceHash = '$2b$04$d1N3IuHMphbX5.tstehfW.W6xerXyduTPimg5eh8qmU.GfHG/WWkS'

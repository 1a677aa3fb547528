/**
 * Layers made of entries for tests, and the stacks that they form.
 * @module
 */
import { type Digest, digestOf } from '@tsreg/oci'
import type { LayerEntry } from '../layer/write/entry.ts'
import { type WrittenLayer, writeLayer } from '../layer/write/write-layer.ts'
import type { Ingester } from '../layout/layout.ts'
import type { LayerStack } from '../snapshot/snapshotter.ts'

const owner = { uid: 0, gid: 0, mtime: 1_700_000_000 }

export function file(path: string, text: string, more: object = {}): LayerEntry {
  const bytes = Buffer.from(text)
  return { ...owner, path, type: 'file', mode: 0o644, sizeBytes: bytes.byteLength, content: () => [bytes], ...more }
}

export function dir(path: string, more: object = {}): LayerEntry {
  return { ...owner, path, type: 'directory', mode: 0o755, ...more }
}

export function link(path: string, target: string): LayerEntry {
  return { ...owner, path, type: 'symlink', mode: 0o777, target }
}

export function gone(path: string): LayerEntry {
  return { path, type: 'whiteout' }
}

/** Writes the layers, the base first. */
export async function stackOf(store: Ingester, ...layers: readonly (readonly LayerEntry[])[]): Promise<LayerStack> {
  const written: WrittenLayer[] = []
  for (const entries of layers) {
    const layer = await writeLayer(entries, store)
    if (layer === undefined) throw new TypeError('a layer of a stack has no entries')
    written.push(layer)
  }
  return { layers: written.map(({ descriptor }) => descriptor), diffIds: written.map(({ diffId }) => diffId) }
}

/** The chain ID of a layer above another one. */
export function above(parent: Digest | undefined, diffId: Digest): Digest {
  return parent === undefined ? diffId : digestOf(`${parent} ${diffId}`)
}

/** Three layers of a few small files, the base the same for all seeds. */
export function madeStack(store: Ingester, seed: number): Promise<LayerStack> {
  const filesOf = (name: string, count: number) => [
    dir(name),
    ...Array.from({ length: count }, (_, at) => file(`${name}/${String(at).padStart(3, '0')}`, `${name} ${at}\n`)),
  ]
  return stackOf(store, filesOf('base', 60), filesOf(`middle-${seed}`, 40), [
    dir('base'),
    gone('base/007'),
    file('base/last', `${seed}\n`),
  ])
}

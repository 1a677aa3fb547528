/**
 * What an OCI layout on disk holds: its root, and every blob reachable from it, hashed again.
 * @module
 */

import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import type { Descriptor } from '../bases/layout.ts'
import { assertEqual, assertThat } from '../harness/report.ts'

export interface Content {
  /** Digest of the only root. */
  readonly digest: string
  readonly mediaType: string
  /** Digests of everything reachable, the root included, sorted. */
  readonly digests: readonly string[]
  /** Digests of the configs of its images: the image IDs, in order. */
  readonly configs: readonly string[]
  /** Bytes of everything reachable. */
  readonly sizeBytes: number
}

/**
 * Reads and verifies a layout.
 * @throws Error when a blob is missing or is not what its descriptor says, or when there is not exactly one root
 */
export async function readContent(layout: string): Promise<Content> {
  const index: { manifests: Descriptor[] } = JSON.parse(await readFile(join(layout, 'index.json'), 'utf8'))
  const [root, ...others] = index.manifests
  assertThat(root !== undefined && others.length === 0, `${layout} has ${index.manifests.length} roots, not 1`)
  const found = new Map<string, Descriptor>()
  const configs: string[] = []
  const visit = async (descriptor: Descriptor) => {
    if (found.has(descriptor.digest)) return
    found.set(descriptor.digest, descriptor)
    const path = join(layout, 'blobs', descriptor.digest.replace(':', '/'))
    await verifyFile(path, descriptor)
    if (!isManifest(descriptor.mediaType)) return
    const manifest: Manifest = JSON.parse(await readFile(path, 'utf8'))
    if (manifest.config) configs.push(manifest.config.digest)
    const children = [manifest.config, ...(manifest.layers ?? []), ...(manifest.manifests ?? [])]
    for (const child of children) if (child) await visit(child)
  }
  await visit(root)
  const sizeBytes = [...found.values()].reduce((sum, { size }) => sum + size, 0)
  return { digest: root.digest, mediaType: root.mediaType, digests: [...found.keys()].toSorted(), configs, sizeBytes }
}

interface Manifest {
  readonly config?: Descriptor
  readonly layers?: readonly Descriptor[]
  readonly manifests?: readonly Descriptor[]
}

async function verifyFile(path: string, { digest, size }: Descriptor): Promise<void> {
  const hash = createHash('sha256')
  let bytes = 0
  await pipeline(createReadStream(path), async (chunks: AsyncIterable<Buffer>) => {
    for await (const chunk of chunks) {
      hash.update(chunk)
      bytes += chunk.length
    }
  })
  assertEqual(`sha256:${hash.digest('hex')}`, digest, `the digest of ${path}`)
  assertEqual(bytes, size, `the size of ${path}`)
}

function isManifest(mediaType: string): boolean {
  return /manifest|image\.index/.test(mediaType)
}

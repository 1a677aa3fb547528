/**
 * An image of four layers of many small files, as they lie in layers of programs: half of each file compresses well.
 * @module
 */
import { createHash, randomBytes } from 'node:crypto'
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { run } from '../harness/command.ts'
import { type Blob, blob, manifestType, pushBlob } from './content.ts'
import type { BenchServer } from './servers.ts'

/** A compressed layer with the digest of its tar. */
export interface FileLayer {
  readonly packed: Blob
  readonly diffId: string
  readonly files: number
}

const filesPerDirectory = 50

/** GNU tar and gzip of Node at level 6 make the layers, so that they are nobody's own. */
export async function makeLayers(directory: string, layerFiles: number): Promise<readonly FileLayer[]> {
  const noise = randomBytes(4 * 1024 * 1024)
  const layers: FileLayer[] = []
  for (let layer = 0; layer < 4; layer++) {
    const root = join(directory, `layer-${layer}`)
    for (let at = 0; at < layerFiles; at++) {
      const folder = join(root, `usr/lib/layer-${layer}/${Math.floor(at / filesPerDirectory)}`)
      if (at % filesPerDirectory === 0) mkdirSync(folder, { recursive: true })
      writeFileSync(join(folder, `file-${at}`), contentOf(noise, layer * layerFiles + at))
    }
    const archive = join(directory, 'layer.tar')
    await run(['tar', '--sort=name', '--owner=0', '--group=0', '--numeric-owner', '-C', root, '-cf', archive, '.'])
    const bytes = readFileSync(archive)
    const diffId = `sha256:${createHash('sha256').update(bytes).digest('hex')}`
    layers.push({ packed: blob(gzipSync(bytes)), diffId, files: layerFiles })
    rmSync(root, { recursive: true })
    rmSync(archive)
  }
  return layers
}

/** 35 KB on average: 12,500 of them are 430 MB. */
function contentOf(noise: Buffer, at: number): Buffer {
  const size = 20_000 + ((at * 7919) % 29_000)
  const start = (at * 4099) % (noise.byteLength - size)
  const half = size >> 1
  return Buffer.concat([noise.subarray(start, start + half), Buffer.alloc(size - half, `the quick brown fox ${at} `)])
}

/** Pushes an image of the layers, and returns its reference. */
export async function pushLayers(server: BenchServer, layers: readonly FileLayer[]): Promise<string> {
  const repository = 'bench/files'
  const rootfs = { type: 'layers', diff_ids: layers.map(({ diffId }) => diffId) }
  const config = blob(Buffer.from(JSON.stringify({ architecture: 'amd64', os: 'linux', config: {}, rootfs })))
  for (const each of [...layers.map(({ packed }) => packed), config]) await pushBlob(server.port, repository, each)
  const describe = (mediaType: string, { digest, bytes }: Blob) => ({ mediaType, digest, size: bytes.byteLength })
  const manifest = {
    schemaVersion: 2,
    mediaType: manifestType,
    config: describe('application/vnd.oci.image.config.v1+json', config),
    layers: layers.map(({ packed }) => describe('application/vnd.oci.image.layer.v1.tar+gzip', packed)),
  }
  const response = await fetch(`http://127.0.0.1:${server.port}/v2/${repository}/manifests/latest`, {
    method: 'PUT',
    headers: { 'content-type': manifestType },
    body: JSON.stringify(manifest),
  })
  if (!response.ok) throw new Error(`seeding the image: ${response.status} ${await response.text()}`)
  return `127.0.0.1:${server.port}/${repository}:latest`
}

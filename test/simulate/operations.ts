/**
 * What each operation of a client asks of the store.
 * @module
 */

import {
  bytesOf,
  mountBlob,
  patchBlob,
  pullImage,
  pushImage,
  putBlob,
  putManifest,
  type SmallImage,
  smallImage,
  someLayers,
} from './client-flows.ts'
import { type Cost, digestOf, type MeasuredRegistry } from './measured-registry.ts'

const KiB = 1024
const MiB = 1024 * KiB

/** Layers of the image that stands for all. */
export const layerCount = 10

export interface Operation {
  readonly name: string
  readonly cost: Cost
  /** GETs that a client sends to the store itself, where a redirect leads it. */
  readonly redirects: number
}

/** Counts every row, on a store of its own. Each starts on a replica that remembers nothing, unless it says `warm`. */
export async function measureOperations(registry: MeasuredRegistry): Promise<readonly Operation[]> {
  const image = smallImage(1, someLayers(1, layerCount, MiB))
  const next = smallImage(2, someLayers(2, layerCount, MiB))
  const rows: Operation[] = []
  let seed = 100
  const row = async (name: string, work: () => Promise<unknown>, redirects = 0) => {
    if (!name.endsWith('warm')) await registry.restart()
    rows.push({ name, cost: await registry.count(work), redirects })
  }
  const fresh = (length: number) => bytesOf(seed++, length)

  await registry.restart()
  await pushImage(registry, 'team/app', 'v0', smallImage(3, someLayers(3, layerCount, MiB)))
  await row('new blob of 1 KiB: POST, PUT', () => putBlob(registry, 'team/app', fresh(KiB)))
  await row('new blob of 1 MiB: POST, PUT', () => putBlob(registry, 'team/app', fresh(MiB)))
  await row('new blob of 1 MiB: POST, PATCH, PUT', () => patchBlob(registry, 'team/app', fresh(MiB)))
  await row('new blob of 64 MiB: POST, PATCH, PUT', () => patchBlob(registry, 'team/app', fresh(64 * MiB)))
  await row('new blob of 128 MiB: POST, PATCH, PUT', () => patchBlob(registry, 'team/app', fresh(128 * MiB)))
  await row(`push of an image, ${layerCount} new layers of 1 MiB`, () => pushImage(registry, 'team/app', 'v1', image))
  await pushImage(registry, 'team/app', 'v2', next)
  await row('the same push again', () => pushImage(registry, 'team/app', 'v1', image))
  await row('its manifest alone', () => putManifest(registry, 'team/app', 'v1', image))
  const [layer = Buffer.alloc(0)] = image.layers
  await row('blob that another repository has: POST, PUT', () => putBlob(registry, 'team/other', layer))
  await row('blob that another repository has: mount', () => mountBlob(registry, 'team/third', layer, 'team/app'))
  await measureReads(registry, row, image)
  return rows
}

type MeasureRow = (name: string, work: () => Promise<unknown>, redirects?: number) => Promise<void>

async function measureReads(registry: MeasuredRegistry, row: MeasureRow, image: SmallImage): Promise<void> {
  const [layer = Buffer.alloc(0)] = image.layers
  const get = (path: string) => () => registry.ask('GET', `/v2/team/app/${path}`)
  const byTag = get('manifests/v1')
  const byDigest = get(`manifests/${digestOf(image.manifest)}`)
  const blob = get(`blobs/${digestOf(layer)}`)
  await row('GET of a manifest by tag', byTag)
  await row('GET of a manifest by tag, warm', byTag)
  await row('GET of a manifest by digest', byDigest)
  await row('GET of a manifest by digest, warm', byDigest)
  await row('HEAD of a blob', () => registry.ask('HEAD', `/v2/team/app/blobs/${digestOf(layer)}`))
  await row('GET of a blob', blob, 1)
  await row('GET of a blob, warm', blob, 1)
  const pull = () => pullImage(registry, 'team/app', 'v1', image)
  await row('pull of the image', pull, layerCount)
  await row('pull of the image, warm', pull, layerCount)
  await row('a page of tags', get('tags/list?n=100'))
  await row('a page of the catalog', () => registry.ask('GET', '/v2/_catalog?n=100'))
  await row('a page of referrers', get(`referrers/${digestOf(image.manifest)}`))
  await row('DELETE of a tag', () => registry.ask('DELETE', '/v2/team/app/manifests/v2'))
  await row('DELETE of a manifest', () => registry.ask('DELETE', `/v2/team/app/manifests/${digestOf(image.manifest)}`))
}

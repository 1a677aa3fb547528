/**
 * A small store filled by the real code, and what is asked of it: entries of listings, reads, writes and deletes, by the
 * first element of their keys.
 * @module
 */

import { openStorage, type RegistryStorage } from '@tsreg/storage'
import { type Bucket, memoryBucket } from '@tsreg/storage/bucket'
import { type SmallImage, smallImage, someLayers } from './client-flows.ts'
import { digestOf } from './measured-registry.ts'
import type { Population } from './population.ts'

/** Work done on keys of one prefix. */
export interface Work {
  /** Keys that listings returned: a LIST is at most a thousand of them. */
  readonly listed: number
  readonly read: number
  readonly written: number
  readonly deleted: number
}

export type WorkByPrefix = Readonly<Record<string, Work>>

export interface FilledStore {
  readonly storage: RegistryStorage
  /** Keys of the bucket by prefix, and bytes of the objects under them. */
  contents(): Promise<Readonly<Record<string, { readonly keys: number; readonly bytes: number }>>>
  /** What `work` asks of the bucket. */
  watch(work: () => Promise<unknown>): Promise<WorkByPrefix>
}

/** Larger than what fits into a pointer. */
const layerBytes = 20_000

export async function fillStore(population: Population): Promise<FilledStore> {
  let seen: Record<string, Work> = {}
  const inner = memoryBucket()
  const bucket = watchedBucket(inner, (key, kind, count = 1) => {
    const [prefix = ''] = key.split('/')
    const before = seen[prefix] ?? { listed: 0, read: 0, written: 0, deleted: 0 }
    seen = { ...seen, [prefix]: { ...before, [kind]: before[kind] + count } }
  })
  // Without a cache deleted bytes need not wait for it.
  const storage = await openStorage(bucket, { cacheTtlMs: 0 })
  for (let repository = 0; repository < population.repositories; repository++) {
    for (let image = 0; image < population.imagesPerRepository; image++)
      await push(storage, population, repository, image)
  }
  return {
    storage,
    async contents() {
      const found: Record<string, { keys: number; bytes: number }> = {}
      let startAfter = ''
      for (;;) {
        const page = await inner.list({ prefix: '', startAfter })
        for (const { key, size } of page) {
          const [prefix = ''] = key.split('/')
          const { keys, bytes } = found[prefix] ?? { keys: 0, bytes: 0 }
          found[prefix] = { keys: keys + 1, bytes: bytes + size }
        }
        startAfter = page.at(-1)?.key ?? ''
        if (page.length < 1000) return found
      }
    },
    async watch(work) {
      seen = {}
      await work()
      return seen
    },
  }
}

/** Name of a repository of the store. */
export const repositoryName = (number: number): string => `team/app-${number}`

async function push(storage: RegistryStorage, population: Population, repository: number, image: number) {
  const { blobs, uploads, manifests } = storage.repository(repositoryName(repository))
  const made = imageOf(population, repository, image)
  for (const blob of [...made.layers, made.config]) {
    const digest = digestOf(blob) as never
    if (!(await blobs.mount(digest, undefined))) await uploads.put(digest, once(blob), { size: blob.length })
  }
  const mediaType = 'application/vnd.oci.image.manifest.v1+json'
  await manifests.put({ mediaType, bytes: made.manifest, tags: [`v${image}`] })
}

function imageOf(population: Population, repository: number, image: number): SmallImage {
  const { baseLayers, repositoryLayers, ownLayers } = population
  const number = 1_000_000 + repository * population.imagesPerRepository + image
  return smallImage(number, [
    ...someLayers(0, baseLayers, layerBytes),
    ...someLayers(1 + repository, repositoryLayers, layerBytes),
    ...someLayers(number, ownLayers, layerBytes),
  ])
}

async function* once(bytes: Buffer): AsyncIterable<Uint8Array> {
  yield bytes
}

function watchedBucket(inner: Bucket, told: (key: string, kind: keyof Work, count?: number) => void): Bucket {
  return {
    ...inner,
    read(key, options) {
      told(key, 'read')
      return inner.read(key, options)
    },
    stat(key, options) {
      told(key, 'read')
      return inner.stat(key, options)
    },
    put(key, body, condition) {
      told(key, 'written')
      return inner.put(key, body, condition)
    },
    write(key, content, options) {
      told(key, 'written')
      return inner.write(key, content, options)
    },
    batch(writes, options) {
      for (const { key, body } of writes) told(key, body === undefined ? 'deleted' : 'written')
      return inner.batch(writes, options)
    },
    delete(key, condition) {
      told(key, 'deleted')
      return inner.delete(key, condition)
    },
    async list(options) {
      const page = await inner.list(options)
      told(options.prefix, 'listed', page.length)
      return page
    },
  }
}

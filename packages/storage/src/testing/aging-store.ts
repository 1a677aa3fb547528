/**
 * A store whose days pass when a test says so: for garbage collection, which looks at ages.
 * @module
 */
import type { ContentGraph } from '@tsreg/testkit'
import { type Bucket, memoryBucket } from '../bucket/index.ts'
import { cellsOf } from '../cells.ts'
import type { StorageOptions } from '../context.ts'
import type { GarbageOptions, GarbageReport } from '../garbage-collect/report.ts'
import { linkKey, pointerKey } from '../paths.ts'
import type { RegistryStorage, Repository } from '../repository.ts'
import { openStorage } from '../storage.ts'

export interface AgingStore {
  readonly bucket: Bucket
  readonly storage: RegistryStorage
  /** `a/b` */
  readonly repository: Repository
  /** Milliseconds since 1970, for the bucket and all replicas. */
  now(): number
  pass(ms: number): void
  /** Another replica, which may see the bucket through something else. */
  replica(bucket?: Bucket, options?: StorageOptions): Promise<RegistryStorage>
  /** More than a day passes, then a collection runs. */
  collect(options?: GarbageOptions): Promise<GarbageReport>
  /** True for a cell that is there and not dead. */
  isAlive(key: string): Promise<boolean>
  /** Of the blobs of an image, how many pointers and how many links in `a/b` are alive. */
  alive(graph: ContentGraph): Promise<{ readonly pointers: number; readonly links: number }>
  /** Every key with its version. */
  snapshot(): Promise<readonly string[]>
}

export const hourMs = 3_600_000
export const agingName = 'a/b'

export async function agingStore(conditionalDelete = true, options: StorageOptions = {}): Promise<AgingStore> {
  let now = Date.UTC(2026, 0, 1)
  const clock = () => now
  const bucket = memoryBucket({ conditionalDelete, now: clock })
  const replica = (through = bucket, own: StorageOptions = {}) =>
    openStorage(through, { now: clock, ...options, ...own })
  const storage = await replica()
  const isAlive = async (key: string) => (await cellsOf(bucket).read(key)).header !== undefined
  return {
    bucket,
    storage,
    repository: storage.repository(agingName),
    now: clock,
    pass(ms) {
      now += ms
    },
    replica,
    async collect(run = {}) {
      now += 25 * hourMs
      return await storage.collectGarbage(run)
    },
    isAlive,
    async alive({ blobs }) {
      const count = { pointers: 0, links: 0 }
      for (const digest of blobs.keys()) {
        if (await isAlive(pointerKey(digest))) count.pointers++
        if (await isAlive(linkKey(agingName, digest))) count.links++
      }
      return count
    },
    async snapshot() {
      const entries: string[] = []
      for (let startAfter = ''; ; ) {
        const page = await bucket.list({ prefix: '', startAfter })
        entries.push(...page.map(({ key, etag }) => `${key} ${etag}`))
        const last = page.at(-1)
        if (last === undefined) return entries
        startAfter = last.key
      }
    },
  }
}

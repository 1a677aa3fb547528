/**
 * Garbage collection without a pause and without a grace, by somebody who shares nothing with the replicas but the bucket.
 * @module
 */

import { openStorage } from '@tsreg/storage'
import { openBucket } from '@tsreg/storage/bucket'
import { messageOf } from '../harness/report.ts'
import type { S3Store } from '../harness/s3/store.ts'

export interface Collected {
  readonly rounds: number
  /** Cells that went. */
  readonly removed: number
  /** Condemned cells that a push turned out to need. */
  readonly rescued: number
  /** Bytes deleted. */
  readonly freed: number
  readonly errors: readonly string[]
}

export interface Collector {
  /** Ends after the round under way. */
  stop(): Promise<Collected>
}

export async function startCollector(
  store: S3Store,
  { prefix, seconds }: { readonly prefix: string; readonly seconds: number },
): Promise<Collector> {
  const { accessKeyId, secretAccessKey } = store
  const bucket = await openBucket(store.storage(prefix).url, { s3: { credentials: { accessKeyId, secretAccessKey } } })
  const storage = await openStorage(bucket, { graceMs: 0, cacheTtlMs: seconds * 1000, signedUrlMs: seconds * 1000 })
  const errors: string[] = []
  const total = { rounds: 0, removed: 0, rescued: 0, freed: 0 }
  let isOver = false

  async function round(): Promise<void> {
    const { manifests, links, blobs, bytes } = await storage.collectGarbage({ graceMs: 0, ignoreLease: true })
    total.rounds += 1
    for (const { removed, rescued } of [manifests, links, blobs]) {
      total.removed += removed
      total.rescued += rescued
    }
    total.freed += bytes.freed
  }

  const rounds = (async () => {
    while (!isOver) await round().catch((error: unknown) => errors.push(messageOf(error)))
  })()
  return {
    async stop() {
      isOver = true
      await rounds
      await storage.close()
      return { ...total, errors }
    },
  }
}

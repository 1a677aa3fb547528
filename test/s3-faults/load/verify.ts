/**
 * Whether an acknowledged image is complete, as a client of any replica gets it: by the replica itself, or by a redirect.
 * @module
 */

import { manifestType } from '../../faults/load/content.ts'
import type { AcknowledgedImage } from '../../faults/load/ledger.ts'
import { exchange } from '../../harness/exchange.ts'
import { assertEqual } from '../../harness/report.ts'
import type { ReplicaClient } from './client.ts'

export interface PullCounts {
  redirects: number
}

/** @throws Error naming what is lost; blobs in `known` are not fetched again */
export async function verifyImage(
  client: ReplicaClient,
  { repository, digest, blobs }: AcknowledgedImage,
  { counts, known = new Set() }: { counts: PullCounts; known?: Set<string> },
): Promise<void> {
  const path = `/v2/${repository}/manifests/${digest}`
  const manifest = await client.persist(() => client.ask({ method: 'GET', path, headers: { accept: manifestType } }))
  assertEqual(manifest.status, 200, `lost: the status of GET ${path}`)
  assertEqual(manifest.digest, digest, `torn: the digest of ${path}`)
  for (const blob of blobs) {
    if (known.has(`${repository}@${blob.digest}`)) continue
    await client.persist(() => verifyBlob(client, { repository, counts, ...blob }))
    known.add(`${repository}@${blob.digest}`)
  }
}

async function verifyBlob(
  client: ReplicaClient,
  { repository, digest, size, counts }: { repository: string; digest: string; size: number; counts: PullCounts },
): Promise<void> {
  const path = `/v2/${repository}/blobs/${digest}`
  let answer = await client.ask({ method: 'GET', path })
  if (answer.status === 307) {
    counts.redirects += 1
    answer = await exchange({ method: 'GET', url: String(answer.headers.location) })
  }
  assertEqual(answer.status, 200, `lost: the status of GET ${path}`)
  assertEqual(answer.digest, digest, `torn: the digest of ${path}`)
  assertEqual(answer.body.length, size, `torn: the size of ${path}`)
}

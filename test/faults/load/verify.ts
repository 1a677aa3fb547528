/**
 * Whether an acknowledged image is complete: its manifest and every blob there, and of the bytes their digests say.
 * @module
 */

import { exchange } from '../../harness/exchange.ts'
import { assertEqual } from '../../harness/report.ts'
import { manifestType } from './content.ts'
import type { AcknowledgedImage } from './ledger.ts'
import type { Connection } from './upload.ts'

/**
 * Fetches and hashes all of it; blobs in `known` were verified in that repository before and are not fetched again.
 * @throws Error naming what is lost
 */
export async function verifyImage(
  connection: Connection,
  image: AcknowledgedImage,
  known = new Set<string>(),
): Promise<void> {
  const base = `${connection.origin}/v2/${image.repository}`
  const url = `${base}/manifests/${image.digest}`
  const manifest = await exchange({ ...connection, method: 'GET', url, headers: { accept: manifestType } })
  assertEqual(manifest.status, 200, `lost: the status of GET ${url}`)
  assertEqual(manifest.digest, image.digest, `torn: the digest of ${url}`)
  for (const { digest, size } of image.blobs) {
    const key = `${image.repository}@${digest}`
    if (known.has(key)) continue
    const blob = await exchange({ ...connection, method: 'GET', url: `${base}/blobs/${digest}` })
    assertEqual(blob.status, 200, `lost: the status of GET ${base}/blobs/${digest} of image ${image.digest}`)
    assertEqual(blob.digest, digest, `torn: the digest of ${base}/blobs/${digest}`)
    assertEqual(blob.body.length, size, `torn: the size of ${base}/blobs/${digest}`)
    known.add(key)
  }
}

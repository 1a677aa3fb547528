/**
 * Bytes that no pointer names, no session owns and the trash does not hold: what the scan did not find claimed is looked at
 * once more, and deleted. Keys are random and never used again.
 * @module
 */
import { isDigest } from '@tsreg/oci'
import { readPointer } from '../pointer.ts'
import { readSession } from '../upload-session.ts'
import type { FsckRun } from './run.ts'

export async function settleOrphan(run: FsckRun, key: string): Promise<void> {
  const { context, signal } = run
  const found = await context.bucket.stat(key, { signal })
  if (found === undefined) return
  const [, , name = ''] = key.split('/')
  const [x = ''] = name.split('.')
  if ((await readSession(context, x, { signal })).header !== undefined) return
  // Whoever knew the digest when it wrote the object noted it there.
  const { digest = '' } = found.metadata
  if (isDigest(digest) && (await readPointer(context, digest, { signal })).header?.key === key) return
  if (run.repair) await context.bucket.delete(key, { signal })
  const detail = `nothing names the ${found.size} bytes`
  await run.found({ problem: 'bytes-orphaned', key, size: found.size, detail, repaired: run.repair })
}

/**
 * Garbage collection in miniature, grace 0: the steps G0-G4 of the storage protocol for pointers and links, as the other
 * side of the races that uploads and pushes must win.
 * @module
 */
import { randomUUID } from 'node:crypto'
import { childrenOf, parseManifest } from '@tsreg/oci/image'
import type { Bucket, ETag } from '../bucket/index.ts'
import { type CellState, cellsOf } from '../cells.ts'
import type { ManifestHeader } from '../manifest-cell.ts'
import { pointerKey, sessionKey } from '../paths.ts'
import type { SessionHeader } from '../upload-session.ts'
import { keysOf } from './repository-fixtures.ts'

/** A pointer or a link. */
interface Condemnable {
  readonly st: 'live' | 'cond'
  readonly x?: string
  readonly key?: string
}

interface Candidate extends CellState<Condemnable> {
  readonly cell: string
  readonly header: Condemnable
  readonly version: ETag
}

export async function sweep(bucket: Bucket): Promise<void> {
  await emptyTrash(bucket)
  const candidates = await condemn(bucket, await mark(bucket)) // G0, G1
  if (candidates.length === 0) return
  const marked = await mark(bucket) // G2
  for (const candidate of candidates) {
    const { cell, version, header, payload } = candidate // G3
    if (marked.has(cell)) {
      await cellsOf(bucket).write({ key: cell, version, header: { ...header, st: 'live' }, payload })
    } else await bury(bucket, candidate)
  }
}

async function mark(bucket: Bucket): Promise<ReadonlySet<string>> {
  const marked = new Set<string>()
  for (const key of await keysOf(bucket, 'm/')) {
    const { header, payload } = await cellsOf(bucket).read<ManifestHeader>(key)
    if (header === undefined) continue
    const [, repository = ''] = key.split('/')
    for (const { digest } of childrenOf(parseManifest(payload, header.mediaType))) {
      marked.add(pointerKey(digest))
      marked.add(`l/${repository}/${digest.replace(':', '/')}`)
    }
  }
  return marked
}

async function condemn(bucket: Bucket, marked: ReadonlySet<string>): Promise<readonly Candidate[]> {
  const candidates: Candidate[] = []
  for (const cell of [...(await keysOf(bucket, 'b/')), ...(await keysOf(bucket, 'l/'))]) {
    const seen = await cellsOf(bucket).read<Condemnable>(cell)
    const { header, payload, version } = seen
    if (header === undefined || version === undefined) continue
    // One that an earlier run condemned is a candidate in any case: when it is marked, G3 sets it back to live.
    if (header.st === 'live' && marked.has(cell)) continue
    const next: Condemnable = { ...header, st: 'cond' }
    const condemned =
      header.st === 'cond' ? version : await cellsOf(bucket).write({ key: cell, version, header: next, payload })
    if (condemned !== undefined) candidates.push({ ...seen, cell, header: next, version: condemned })
  }
  return candidates
}

/** Fence, trash entry, tombstone: in this order. */
async function bury(bucket: Bucket, { cell, version, header: { x, key } }: Candidate): Promise<void> {
  if (key === undefined || x === undefined) {
    await cellsOf(bucket).entomb(cell, version)
    return
  }
  for (;;) {
    const session = await cellsOf(bucket).read<SessionHeader>(sessionKey(x))
    if (session.header === undefined || session.header.st === 'discard') break
    const discarded = { ...session.header, st: 'discard' as const }
    const { payload } = session
    const change = { key: sessionKey(x), version: session.version, header: discarded, payload }
    if ((await cellsOf(bucket).write(change)) !== undefined) break
  }
  await bucket.put(`gc/trash/${randomUUID()}`, Buffer.from(JSON.stringify({ cell, x, key })))
  await cellsOf(bucket).entomb(cell, version)
}

/** G4: what no pointer names any more. */
async function emptyTrash(bucket: Bucket): Promise<void> {
  for (const entry of await keysOf(bucket, 'gc/trash/')) {
    const body = await bucket.read(entry)
    if (body === undefined) continue
    const { cell, x, key } = JSON.parse(Buffer.from(body.body).toString()) as { cell: string; x: string; key: string }
    const { header } = await cellsOf(bucket).read<Condemnable>(cell)
    if (header?.x === x && header.st === 'cond') continue
    if (header?.x !== x) await bucket.delete(key)
    await bucket.delete(entry)
  }
}

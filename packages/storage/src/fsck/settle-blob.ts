/**
 * Blobs whose bytes are gone or not right. What the scan suspects is looked at again, between two looks at the pointer that
 * see the same version: bytes are written before their pointer and deleted after it, so then it is the pointer that is wrong.
 * @module
 */
import { algorithmOf, type Digest, Digester, digestOf, isOciError } from '@tsreg/oci'
import type { CellState } from '../cells.ts'
import { digestAt } from '../paths.ts'
import { type PointerHeader, readPointer } from '../pointer.ts'
import type { Claim } from './claims.ts'
import { giveUpBlob } from './give-up.ts'
import type { FsckProblem } from './report.ts'
import type { FsckRun } from './run.ts'

/** What is wrong with the bytes; undefined: nothing. */
type Look = (header: PointerHeader, payload: Uint8Array) => Promise<Verdict | undefined>
interface Verdict {
  readonly problem: Extract<FsckProblem, 'blob-missing' | 'blob-corrupt'>
  readonly detail: string
}

/** A blob that is in its pointer. */
export async function settleInline(
  run: FsckRun,
  key: string,
  { header, payload }: Pick<CellState<PointerHeader>, 'payload'> & { readonly header: PointerHeader },
): Promise<void> {
  const digest = digestOfPointer(key)
  const look: Look = async (found, bytes) =>
    wrongBytes(digest, found, digestOf(bytes, algorithmOf(digest)), bytes.length)
  run.checked.hashedBytes += payload.byteLength
  if ((await look(header, payload)) !== undefined) await settle(run, digest, look)
}

/** A pointer to an object that was not in the listing. */
export async function settleMissing(run: FsckRun, { needed, by }: Claim): Promise<void> {
  const { context, signal } = run
  await settle(run, digestOfPointer(by), async ({ key }) => {
    if (key !== needed || (await context.bucket.stat(needed, { signal })) !== undefined) return undefined
    return missing(digestOfPointer(by), needed)
  })
}

/** A pointer to an object of another size. */
export async function settleSize(run: FsckRun, { needed, by }: Claim): Promise<void> {
  const { context, signal } = run
  await settle(run, digestOfPointer(by), async ({ key, size }) => {
    const found = key === needed ? await context.bucket.stat(needed, { signal }) : undefined
    return found === undefined ? undefined : wrongSize(digestOfPointer(by), size, found.size)
  })
}

/** Hashes the object of a pointer; twice, when the first time says that it is wrong. */
export async function settleDeep(run: FsckRun, { needed, by, size }: Claim): Promise<void> {
  const digest = digestOfPointer(by)
  const look = async (expected: number): Promise<Verdict | undefined> => {
    const read = await hashObject(run, needed, digest)
    if (read === 'missing') return missing(digest, needed)
    if ('unreadable' in read) return { problem: 'blob-corrupt', detail: `blob ${digest}: ${read.unreadable}` }
    return wrongBytes(digest, { size: expected }, read.received, read.size)
  }
  if ((await look(size)) === undefined) return
  await settle(run, digest, async (header) => (header.key === needed ? await look(header.size) : undefined))
}

async function settle(run: FsckRun, digest: Digest, look: Look): Promise<void> {
  const { context, signal } = run
  const before = await readPointer(context, digest, { signal })
  const { header, version, payload } = before
  if (header === undefined || version === undefined) return
  const verdict = await look(header, payload)
  if (verdict === undefined) return
  if ((await readPointer(context, digest, { signal })).version !== version) return
  const hasBytes = verdict.problem === 'blob-corrupt'
  const repaired = run.repair && (await giveUpBlob(run, { digest, version, header, hasBytes }))
  if (run.repair && !repaired) return
  const key = header.key ?? `b/${digest.replace(':', '/')}`
  await run.found({ ...verdict, key, digest, size: header.size, repaired })
}

type Read = 'missing' | { readonly received: Digest; readonly size: number } | { readonly unreadable: string }

async function hashObject(run: FsckRun, key: string, digest: Digest): Promise<Read> {
  const { context, signal } = run
  const digester = new Digester(algorithmOf(digest))
  let size = 0
  try {
    for await (const chunk of await context.bucket.get(key, { signal })) {
      digester.update(chunk)
      size += chunk.byteLength
      run.checked.hashedBytes += chunk.byteLength
    }
  } catch (error) {
    if (isOciError(error, 'BLOB_UNKNOWN')) return 'missing'
    if (isOciError(error, 'CONTENT_CORRUPT')) return { unreadable: error.message }
    throw error
  }
  return { received: digester.digest(), size }
}

function missing(digest: Digest, key: string): Verdict {
  return { problem: 'blob-missing', detail: `blob ${digest}: its bytes ${key} are not there` }
}

function wrongSize(digest: Digest, expected: number, received: number): Verdict | undefined {
  if (expected === received) return undefined
  return { problem: 'blob-corrupt', detail: `blob ${digest} has ${received} bytes, not ${expected}` }
}

function wrongBytes(digest: Digest, { size }: Pick<PointerHeader, 'size'>, received: Digest, bytes: number) {
  if (bytes !== size) return wrongSize(digest, size, bytes)
  if (received === digest) return undefined
  const verdict: Verdict = { problem: 'blob-corrupt', detail: `the bytes of blob ${digest} have digest ${received}` }
  return verdict
}

function digestOfPointer(key: string): Digest {
  return digestAt(key.slice('b/'.length))
}

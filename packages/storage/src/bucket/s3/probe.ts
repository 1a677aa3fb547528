/**
 * What a server can do is tried out at every start, because versions and gateways differ and a condition that is ignored
 * loses images: is a conditional create atomic among racers, a compare-and-swap, a conditional delete, and in which form
 * does `If-Match` take an ETag.
 * @module
 */
import { randomUUID } from 'node:crypto'
import { isOciError } from '@tsreg/oci'
import type { ETag, WriteCondition, WriteOutcome } from '../bucket.ts'
import { putObject } from './conditional-write.ts'
import { signedContent } from './content.ts'
import type { S3Context } from './context.ts'
import { deleteObject } from './delete-object.ts'
import type { EtagForm } from './etags.ts'
import { listObjects } from './list.ts'
import { readCell } from './read-object.ts'

export const probePrefix = 'probe/'

const racers = 8
/** What a killed probe left is cleared away after so long. */
const leftoverMs = 3_600_000

/**
 * About 40 requests. Leaves nothing behind.
 * @param s3 its `found` is not looked at
 * @throws what the requests throw: UNAVAILABLE when the bucket does not answer or refuses our credentials
 */
export async function probe(s3: S3Context): Promise<S3Context['found']> {
  const keys: string[] = []
  const newKey = (): string => {
    const key = `${probePrefix}${randomUUID()}`
    keys.push(key)
    return key
  }
  try {
    const etagForm = await findCompareAndSwap(s3, newKey)
    if (etagForm === undefined) return { cas: false, conditionalDelete: false, etagForm: 'plain' }
    const found = { cas: true, conditionalDelete: true, etagForm }
    return { ...found, conditionalDelete: await hasConditionalDelete({ ...s3, found }, newKey) }
  } finally {
    await clear(s3, keys)
  }
}

type NewKey = () => string

/** The form in which `If-Match` works, races and all; undefined: not at all, or `If-None-Match` does not. */
async function findCompareAndSwap(s3: S3Context, newKey: NewKey): Promise<EtagForm | undefined> {
  for (const etagForm of ['plain', 'quoted'] as const) {
    const trial = { ...s3, found: { cas: true, conditionalDelete: false, etagForm } }
    const key = newKey()
    const created = await tryPut(trial, key, { ifAbsent: true })
    if (created === undefined || !created.ok) return undefined
    if ((await tryPut(trial, key, { ifAbsent: true }))?.ok !== false) return undefined
    const swapped = await tryPut(trial, key, { ifMatch: created.etag })
    if (swapped?.ok !== true) continue
    if ((await tryPut(trial, key, { ifMatch: created.etag }))?.ok !== false) return undefined
    if (!(await isRaceFair(trial, newKey(), { ifAbsent: true }))) return undefined
    return (await isRaceFair(trial, key, { ifMatch: swapped.etag })) ? etagForm : undefined
  }
  return undefined
}

/** True when one racer won and its body is what is stored. */
async function isRaceFair(s3: S3Context, key: string, condition: WriteCondition): Promise<boolean> {
  const bodies = Array.from({ length: racers }, () => randomUUID())
  const outcomes = await Promise.all(bodies.map((body) => tryPut(s3, key, condition, body)))
  const winners = bodies.filter((_, index) => outcomes[index]?.ok === true)
  const stored = await readCell(s3, key, {})
  return winners.length === 1 && Buffer.from(stored?.body ?? []).toString() === winners[0]
}

/** Undefined when the server has no such condition, or nobody can tell what became of the write. */
async function tryPut(
  s3: S3Context,
  key: string,
  condition: WriteCondition,
  body: string = randomUUID(),
): Promise<WriteOutcome | undefined> {
  try {
    return await putObject(s3, key, signedContent([Buffer.from(body)]), condition)
  } catch (error) {
    if (isOciError(error, 'UNSUPPORTED') || isRefusedArgument(error)) return undefined
    // Some servers tell the losers of a race "internal error": as long as one wins, that is what it is.
    if (isOciError(error, 'UNAVAILABLE') && error.detail?.code === undefined) return undefined
    throw error
  }
}

/** 400 for an ETag in a form, or a header, that the server does not take. */
function isRefusedArgument(error: unknown): boolean {
  return isOciError(error) && error.detail?.status === 400
}

async function hasConditionalDelete(s3: S3Context, newKey: NewKey): Promise<boolean> {
  const key = newKey()
  const old = await tryPut(s3, key, {})
  const current = await tryPut(s3, key, {})
  if (old?.ok !== true || current?.ok !== true) return false
  if ((await tryDelete(s3, key, old.etag)) !== false) return false
  if ((await readCell(s3, key, {}))?.etag !== current.etag) return false
  if ((await tryDelete(s3, key, current.etag)) !== true) return false
  if ((await tryDelete(s3, key, current.etag)) !== false) return false
  return await isDeleteRaceFair(s3, newKey())
}

/** Writers and deleters of one version: one of them wins, and what is stored is what it left. */
async function isDeleteRaceFair(s3: S3Context, key: string): Promise<boolean> {
  const start = await tryPut(s3, key, {})
  if (start?.ok !== true) return false
  const bodies = Array.from({ length: racers / 2 }, () => randomUUID())
  const [written, deleted] = await Promise.all([
    Promise.all(bodies.map((body) => tryPut(s3, key, { ifMatch: start.etag }, body))),
    Promise.all(bodies.map(() => tryDelete(s3, key, start.etag))),
  ])
  const writers = bodies.filter((_, index) => written[index]?.ok === true)
  const deleters = deleted.filter((outcome) => outcome === true)
  if (writers.length + deleters.length !== 1) return false
  const stored = await readCell(s3, key, {})
  return stored === undefined ? deleters.length === 1 : Buffer.from(stored.body).toString() === writers[0]
}

async function tryDelete(s3: S3Context, key: string, ifMatch: ETag): Promise<boolean | undefined> {
  try {
    return (await deleteObject(s3, key, { ifMatch })).ok
  } catch (error) {
    if (isOciError(error, 'UNSUPPORTED') || isRefusedArgument(error)) return undefined
    if (isOciError(error, 'UNAVAILABLE') && error.detail?.code === undefined) return undefined
    throw error
  }
}

/** What this probe wrote, and what one left that was killed. */
async function clear(s3: S3Context, keys: readonly string[]): Promise<void> {
  const before = Date.now() - leftoverMs
  const listed = await listObjects(s3, { prefix: probePrefix }).catch(() => [])
  const leftovers = listed.flatMap(({ key, modifiedMs }) => (modifiedMs < before ? key : []))
  await Promise.all([...keys, ...leftovers].map((key) => deleteObject(s3, key, {}).catch(() => {})))
}

/**
 * The one writer of a store without compare-and-swap. Nothing on such a store keeps two processes apart for certain; the
 * cell `writer`, rewritten with every beat of its owner's heart, shows one to the other wherever that can be seen: a second
 * one is refused while the first one lives, and the first one stops writing once it finds another's name.
 * @module
 */
import { randomUUID } from 'node:crypto'
import { hostname } from 'node:os'
import { setTimeout as sleep } from 'node:timers/promises'
import { OciError } from '@tsreg/oci'
import type { Bucket } from './bucket/bucket.ts'
import { writerKey } from './paths.ts'

export interface SoleWriterOptions {
  /** Pause between two beats. A silence of {@link patienceBeats} of them means that the owner has died. */
  readonly beatMs: number
  readonly onWarning: (error: unknown, what: string) => void
}

export interface SoleWriter {
  /** True when another process has taken the store over. */
  readonly isLost: boolean
  /** Before every write. @throws UNAVAILABLE when another process writes, or might by now */
  assertHeld(): void
  /** Lets the next process start without waiting. */
  release(): Promise<void>
}

interface Owner {
  readonly id: string
  readonly host: string
  readonly pid: number
  readonly since: string
}

/** Another process waits so long before it takes over; the owner trusts its last beat for one beat less. */
const patienceBeats = 4

/** @throws UNAVAILABLE (`reason: 'in-use'`) when another process writes to the store */
export async function becomeSoleWriter(bucket: Bucket, options: SoleWriterOptions): Promise<SoleWriter> {
  const { beatMs, onWarning } = options
  const me: Owner = { id: randomUUID(), host: hostname(), pid: process.pid, since: new Date().toISOString() }
  await awaitSilence(bucket, options)
  let heldUntilMs = await beat(bucket, me, beatMs)
  // Who claimed it in the same moment has written over it by now, or is going to find this claim.
  await sleep(beatMs / 2)
  const owner = await readOwner(bucket)
  if (owner?.id !== me.id) throw inUse(owner)
  let isLost = false

  const timer = setInterval(() => {
    keep().catch((error: unknown) => onWarning(error, 'the store could not be told that its one writer lives'))
  }, beatMs)
  timer.unref()

  async function keep(): Promise<void> {
    const signal = AbortSignal.timeout(beatMs * 2)
    const now = await readOwner(bucket, signal)
    if (isLost) return
    if (now !== undefined && now.id !== me.id) {
      isLost = true
      clearInterval(timer)
      onWarning(inUse(now), 'this process no longer writes')
      return
    }
    heldUntilMs = Math.max(heldUntilMs, await beat(bucket, me, beatMs, signal))
  }

  return {
    get isLost() {
      return isLost
    },
    assertHeld() {
      if (isLost) throw inUse(undefined)
      if (performance.now() < heldUntilMs) return
      const message = 'the store has not answered its one writer for too long: another process may write by now'
      throw new OciError('UNAVAILABLE', `${message}; the write is refused until that is known`)
    },
    async release() {
      clearInterval(timer)
      if (isLost) return
      isLost = true
      if ((await readOwner(bucket))?.id === me.id) await bucket.delete(writerKey)
    },
  }
}

/** Writes the cell anew; until when it is to be trusted. */
async function beat(bucket: Bucket, me: Owner, beatMs: number, signal?: AbortSignal): Promise<number> {
  const begunMs = performance.now()
  const body = Buffer.from(`${JSON.stringify({ ...me, n: randomUUID() })}\n`)
  await bucket.put(writerKey, body, signal === undefined ? {} : { signal })
  return begunMs + beatMs * (patienceBeats - 1)
}

/** Resolves when nobody has the store, or who had it has gone silent. @throws UNAVAILABLE when it beats */
async function awaitSilence(bucket: Bucket, { beatMs, onWarning }: SoleWriterOptions): Promise<void> {
  const before = await bucket.read(writerKey)
  if (before === undefined) return
  for (let waited = 0; waited < patienceBeats * 2; waited++) {
    await sleep(beatMs / 2)
    const now = await bucket.read(writerKey)
    if (now === undefined) return
    if (Buffer.compare(now.body, before.body) !== 0) throw inUse(ownerOf(now.body))
  }
  onWarning(inUse(ownerOf(before.body)), 'the writer before this one did not take leave, and is silent: taking over')
}

async function readOwner(bucket: Bucket, signal?: AbortSignal): Promise<Owner | undefined> {
  const cell = await bucket.read(writerKey, signal === undefined ? {} : { signal })
  return cell === undefined ? undefined : ownerOf(cell.body)
}

function ownerOf(body: Uint8Array): Owner {
  return JSON.parse(Buffer.from(body).toString()) as Owner
}

function inUse(owner: Owner | undefined): OciError {
  const who = owner === undefined ? 'another process' : `process ${owner.pid} on ${owner.host}, since ${owner.since},`
  const why = 'the store has no compare-and-swap, so that only one process may write'
  const message = `${who} writes to this storage, and ${why}; stop that one first, or use a store with compare-and-swap`
  return new OciError('UNAVAILABLE', message, {
    detail: { reason: 'in-use', ...(owner === undefined ? {} : { owner }) },
  })
}

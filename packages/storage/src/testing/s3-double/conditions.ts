/**
 * Conditions on writes and reads, as far as the double is told to keep them.
 * @module
 */
import { setTimeout as sleep } from 'node:timers/promises'
import type { ConditionSupport, S3Behaviour } from './behaviour.ts'
import { headerOf, type S3Call } from './call.ts'
import { noSuchKey, notImplemented, preconditionFailed, S3Error } from './s3-error.ts'
import type { StoredObject } from './store.ts'

/** How long a `racy` server dawdles between looking and writing. */
const dawdleMs = 20

export interface ConditionalWrite<T> {
  readonly call: S3Call
  readonly support: ConditionSupport
  readonly behaviour: S3Behaviour
  current(): StoredObject | undefined
  apply(): T
}

/**
 * Applies the write if its condition holds.
 * @throws S3Error PreconditionFailed, NoSuchKey (`If-Match` on an absent key), NotImplemented
 */
export async function writeConditionally<T>(write: ConditionalWrite<T>): Promise<T> {
  const { call, support, apply } = write
  const conditional = headerOf(call, 'if-match') !== undefined || headerOf(call, 'if-none-match') !== undefined
  if (!conditional || support === 'ignored') return apply()
  if (support === 'refused') throw notImplemented('a conditional header')
  checkWrite(write)
  if (support === 'racy') await sleep(dawdleMs)
  return apply()
}

/** @throws S3Error PreconditionFailed; NotModified (304) */
export function checkRead(call: S3Call, { etag }: StoredObject): void {
  const ifMatch = headerOf(call, 'if-match')
  if (ifMatch !== undefined && ifMatch !== '*' && unquoted(ifMatch) !== etag) throw preconditionFailed('If-Match')
  const ifNoneMatch = headerOf(call, 'if-none-match')
  if (ifNoneMatch === '*' || (ifNoneMatch !== undefined && unquoted(ifNoneMatch) === etag)) {
    throw new S3Error(304, 'NotModified', 'the object is as it was', { etag: `"${etag}"` })
  }
}

export function unquoted(etag: string): string {
  return etag.replace(/^"(.*)"$/, '$1')
}

function checkWrite({ call, behaviour, current }: ConditionalWrite<unknown>): void {
  const found = current()
  const ifNoneMatch = headerOf(call, 'if-none-match')
  if (ifNoneMatch !== undefined) {
    if (ifNoneMatch !== '*') throw notImplemented('If-None-Match with an ETag')
    if (found !== undefined) throw preconditionFailed('If-None-Match')
  }
  const ifMatch = headerOf(call, 'if-match')
  if (ifMatch === undefined) return
  if (found === undefined) {
    throw behaviour.ifMatchAbsentStatus === 404 ? noSuchKey(call.key) : preconditionFailed('If-Match')
  }
  if (ifMatch !== '*' && !matches(ifMatch, found.etag, behaviour)) throw preconditionFailed('If-Match')
}

function matches(given: string, etag: string, { ifMatchForm }: S3Behaviour): boolean {
  const forms = { any: [etag, `"${etag}"`], quoted: [`"${etag}"`], unquoted: [etag] }
  return forms[ifMatchForm].includes(given)
}

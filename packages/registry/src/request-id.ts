/**
 * Request ids: the client's where it sent a usable one, otherwise our own.
 * @module
 */
import { randomBytes } from 'node:crypto'

const process = randomBytes(6).toString('hex')
let count = 0

/** @param given the `X-Request-Id` of the request; taken over when it is 1 to 64 harmless characters. */
export function requestId(given: string | string[] | undefined): string {
  if (typeof given === 'string' && /^[A-Za-z0-9._-]{1,64}$/.test(given)) return given
  count += 1
  return `${process}-${count.toString(36)}`
}

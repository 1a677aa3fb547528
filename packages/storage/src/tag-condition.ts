/**
 * Client conditions on a tag, decided on what the tag names now.
 * @module
 */
import { type Digest, OciError } from '@tsreg/oci'
import type { TagCondition } from './repository.ts'

/** True when the client set any. */
export function isConditional({ ifMatch, ifNoneMatch }: TagCondition): boolean {
  return ifMatch !== undefined || ifNoneMatch !== undefined
}

/**
 * @param current digest that the tag names; undefined: there is no such tag
 * @throws PRECONDITION_FAILED naming both values
 */
export function requireCondition(
  what: string,
  { ifMatch, ifNoneMatch }: TagCondition,
  current: Digest | undefined,
): void {
  if (ifMatch !== undefined && !names(ifMatch, current)) throw failed(what, 'If-Match', ifMatch, current)
  if (ifNoneMatch !== undefined && names(ifNoneMatch, current))
    throw failed(what, 'If-None-Match', ifNoneMatch, current)
}

function names(digests: readonly string[], current: Digest | undefined): boolean {
  return current !== undefined && digests.some((digest) => digest === '*' || digest === current)
}

function failed(what: string, condition: string, expected: readonly string[], current: Digest | undefined): OciError {
  const is = current === undefined ? 'does not exist' : `names ${current}`
  const message = `${what} ${is}, which ${condition}: ${expected.slice(0, 5).join(', ')} excludes; look at it and try again`
  return new OciError('PRECONDITION_FAILED', message, { detail: { condition, expected, received: current ?? null } })
}

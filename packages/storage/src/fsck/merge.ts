/**
 * Sorted claims against sorted keys: which claims are met, and which keys nobody claims.
 * @module
 */
import { type Claim, decodeClaim } from './claims.ts'

export interface Merged<T> {
  /** The key, and what stands with it; undefined: nothing has the key. */
  readonly found: T | undefined
  /** All claims to it; none: []. */
  readonly claims: readonly Claim[]
}

/** Claims to one key that are kept together; more of them come in several groups. */
const groupLimit = 1000

/**
 * Every key that is there or claimed, in order.
 * @param claims in the order of {@link encodeClaim}
 * @param keys in byte order
 */
export async function* merge<T extends { readonly key: string }>(
  claims: AsyncIterable<string>,
  keys: AsyncIterable<T>,
): AsyncGenerator<Merged<T>> {
  const listed = keys[Symbol.asyncIterator]()
  let next = await listed.next()
  let claimed: string | undefined
  for await (const group of groupsOf(claims)) {
    const needed = group[0]?.needed ?? ''
    for (; !next.done && next.value.key < needed; next = await listed.next()) {
      if (next.value.key !== claimed) yield { found: next.value, claims: [] }
    }
    const isThere = !next.done && next.value.key === needed
    if (isThere) claimed = needed
    yield { found: isThere ? (next.value as T) : undefined, claims: group }
  }
  for (; !next.done; next = await listed.next()) {
    if (next.value.key !== claimed) yield { found: next.value, claims: [] }
  }
}

async function* groupsOf(lines: AsyncIterable<string>): AsyncGenerator<readonly Claim[]> {
  let group: Claim[] = []
  for await (const line of lines) {
    const claim = decodeClaim(line)
    if (group.length > 0 && (group[0]?.needed !== claim.needed || group.length >= groupLimit)) {
      yield group
      group = []
    }
    group.push(claim)
  }
  if (group.length > 0) yield group
}

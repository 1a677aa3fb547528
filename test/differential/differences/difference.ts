/**
 * A place where two builders differ, and why that is right. Whatever is not listed fails the suite; whatever is listed
 * and no longer there fails it too.
 * @module
 */

import type { Finding } from '../findings.ts'

export interface Difference {
  /** Kebab-case, stable. */
  readonly name: string
  readonly peers: readonly Finding['peer'][]
  readonly aspect: Finding['aspect']
  /** Cases it shows in; absent: in any. */
  readonly cases?: readonly string[]
  /** Which rows. */
  readonly key: RegExp
  readonly ours?: RegExp
  readonly theirs?: RegExp
  /** What differs, in a sentence. */
  readonly what: string
  readonly reason: string
}

/**
 * Where tsreg differs from docker 20.10 or from buildah on purpose, and why. Whatever is not listed here fails the
 * suite; whatever is listed here and no longer there fails it too.
 * @module
 */

import type { Finding } from './findings.ts'

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

export const differences: readonly Difference[] = []

/** The difference that explains a finding; undefined when it is a defect. */
export function explanationOf(finding: Finding): Difference | undefined {
  return differences.find(
    ({ peers, aspect, cases, key, ours = /^/, theirs = /^/ }) =>
      peers.includes(finding.peer) &&
      aspect === finding.aspect &&
      (cases === undefined || cases.includes(finding.case)) &&
      key.test(finding.key) &&
      ours.test(finding.ours) &&
      theirs.test(finding.theirs),
  )
}

/**
 * All deliberate differences, and the one that explains a finding.
 * @module
 */

import type { Finding } from '../findings.ts'
import { buildahDifferences } from './buildah.ts'
import type { Difference } from './difference.ts'
import { tsregDifferences } from './tsreg.ts'

export const differences: readonly Difference[] = [...tsregDifferences, ...buildahDifferences]

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

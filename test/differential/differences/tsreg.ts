/**
 * Where tsreg differs from docker 20.10 on purpose.
 * @module
 */

import type { Difference } from './difference.ts'

export const tsregDifferences: readonly Difference[] = [
  {
    name: 'targets-by-number',
    peers: ['docker'],
    aspect: 'outcome',
    cases: ['from-target-by-number'],
    key: /^outcome$/,
    ours: /^built$/,
    what: '--target takes the number of a stage as well',
    reason: 'COPY --from does, and so do buildah and newer docker',
  },
  {
    name: 'order-of-exposed-ports',
    peers: ['docker'],
    aspect: 'history',
    cases: ['expose-forms'],
    key: /^04$/,
    what: 'the ports of an EXPOSE are sorted by what they are, in the history',
    reason: 'docker sorts them by the names of their variables',
  },
]

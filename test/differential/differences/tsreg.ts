/**
 * Where tsreg differs from docker 20.10 on purpose.
 * @module
 */

import type { Difference } from './difference.ts'

export const tsregDifferences: readonly Difference[] = [
  {
    name: 'hard-links-are-copied-apart',
    peers: ['docker', 'buildah'],
    aspect: 'tree',
    cases: ['copy-hard-links-in-sources', 'copy-from-stage'],
    key: /^\/(hard|usr\/local\/bin)\//,
    theirs: / same as /,
    what: 'hard links between files that a COPY takes become files of their own',
    reason: 'a checkout of the same files has no hard links, and must give the same image',
  },
  {
    name: 'owners-of-hard-links-in-archives',
    peers: ['docker'],
    aspect: 'tree',
    cases: ['add-archive-owners'],
    key: /^\/(kept|changed)\/lib\/hard2?$/,
    ours: /^file 0644 0:0 /,
    theirs: /^file 0644 123:456 /,
    what: 'hard links of an archive belong to 0:0 as everything else of it',
    reason: 'docker misses them when it gives away what ADD unpacks',
  },
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

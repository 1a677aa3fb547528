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

export const differences: readonly Difference[] = [
  {
    name: 'root-of-a-mounted-image',
    peers: ['buildah'],
    aspect: 'tree',
    key: /^\/$/,
    ours: /^directory 0755 0:0$/,
    theirs: /^directory 0555 0:0$/,
    what: 'the root directory of an image that buildah mounts has mode 0555',
    reason: 'it is the mode of the mount buildah makes; the layers of both say 0755',
  },
  {
    name: 'label-of-the-builder',
    peers: ['buildah'],
    aspect: 'config',
    key: /^label io\.buildah\.version$/,
    ours: /^absent$/,
    what: 'buildah labels what it builds with its version',
    reason:
      'an image holds what the Dockerfile says; a label that nobody wrote would make two versions of tsreg build two images',
  },
  {
    name: 'mount-points-after-run',
    peers: ['buildah'],
    aspect: 'tree',
    key: /^\/(run|etc\/hostname)$/,
    ours: /^absent$/,
    what: 'buildah leaves what it mounts things on in the layer of a RUN',
    reason: 'they are not of the command; docker leaves nothing',
  },
  {
    name: 'workdir-makes-the-directory',
    peers: ['buildah'],
    aspect: 'tree',
    cases: [
      ...['workdir-with-variables', 'workdir-relative', 'workdir-after-user', 'workdir-trailing-slash-and-dots'],
      ...['copy-does-not-use-user', 'env-expansion'],
    ],
    key: /^/,
    ours: /^directory 0755 0:0$/,
    theirs: /^absent$/,
    what: 'buildah makes a WORKDIR only when a later step needs it',
    reason: 'docker makes it at once, and a program that is started by hand in the image expects it',
  },
]

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

/**
 * Comparing two trees, and the ways in which others unpack on purpose, or by mistake, what a layer says differently. Whatever
 * is not listed here fails the suite; whatever is listed and does not show any more fails it too.
 * @module
 */

import { describeEntry, type Tree, type TreeEntry } from '../harness/tree.ts'

export interface Where {
  readonly image: string
  readonly peer: string
}

/** One path in which two trees differ. */
export interface Finding extends Where {
  readonly path: string
  /** All that there is to say of it, or `absent`. */
  readonly ours: string
  readonly theirs: string
}

interface Difference {
  /** Kebab-case, stable. */
  readonly name: string
  readonly peers: readonly string[]
  readonly images: readonly string[]
  readonly path: RegExp
  readonly ours?: RegExp
  readonly theirs?: RegExp
  readonly reason: string
}

/** All of them; the suite prints the reason of each that shows. */
export const differences: readonly Difference[] = [
  {
    name: 'docker-root-of-a-layer',
    peers: ['docker'],
    images: ['debian', 'odd-pax', 'odd-gnu', 'repacked', 'docker-built', 'buildah-built'],
    path: /^\/$/,
    theirs: /^directory 0755 0:0 at \d+\.\d+$/,
    reason: 'docker makes the root of each layer anew; a layer says what it is like, or those below say it',
  },
  {
    name: 'docker-directories-without-an-entry',
    peers: ['docker'],
    images: ['odd-gnu'],
    path: /^\/dir$/,
    ours: / at 1111111111\.000000000$/,
    reason: 'docker makes a directory anew that a layer only goes through; it is that of the layers below',
  },
  {
    name: 'times-that-nobody-says',
    peers: ['docker', 'umoci'],
    images: ['odd-gnu'],
    path: /^\/only(\/here)?$/,
    ours: /^directory 0755 0:0 at 0\.000000000$/,
    theirs: /^directory 0755 0:0 at \d+\.\d+$/,
    reason:
      'directories that no layer says anything of get the time of the unpacking elsewhere; here the same on every machine',
  },
  {
    name: 'umoci-time-of-the-root',
    peers: ['umoci'],
    images: ['odd-gnu'],
    path: /^\/$/,
    ours: /^directory 0711 5:6 at 1222222222\.000000000$/,
    theirs: /^directory 0711 5:6 at \d+\.\d+$/,
    reason:
      'umoci leaves the root at the time of the last change to it; a layer that says nothing of it does not change it',
  },
]

/** Each path that differs, in the order of their bytes. */
export function findingsBetween(ours: Tree, theirs: Tree, where: Where): readonly Finding[] {
  const paths = [...new Set([...ours.keys(), ...theirs.keys()])].toSorted()
  return paths
    .map((path) => ({ ...where, path, ours: line(ours.get(path)), theirs: line(theirs.get(path)) }))
    .filter((finding) => finding.ours !== finding.theirs)
}

/** The listed difference that explains a finding; undefined when it is a defect. */
export function explanationOf(finding: Finding): Difference | undefined {
  return differences.find(
    ({ peers, images, path, ours = /^/, theirs = /^/ }) =>
      peers.includes(finding.peer) &&
      images.includes(finding.image) &&
      path.test(finding.path) &&
      ours.test(finding.ours) &&
      theirs.test(finding.theirs),
  )
}

function line(entry: TreeEntry | undefined): string {
  return entry === undefined ? 'absent' : `${describeEntry(entry)} at ${entry.modifiedAt}`
}

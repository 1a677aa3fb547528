/**
 * Comparing two trees, and the few ways in which others unpack on purpose, or by mistake, what a layer says differently.
 * @module
 */

import { describeEntry, type Tree, type TreeEntry } from '../harness/tree.ts'

export interface Where {
  readonly image: string
  readonly peer: string
}

/** A line for each path that differs, but for what is listed below. */
export function differencesBetween(ours: Tree, theirs: Tree, where: Where): readonly string[] {
  const paths = [...new Set([...ours.keys(), ...theirs.keys()])].toSorted()
  return paths.flatMap((path) => {
    const [a, b] = [line(ours.get(path)), line(theirs.get(path))]
    if (a === b || isExpected(path, a, b, where)) return []
    return [`${JSON.stringify(path)}\n        ours   ${a}\n        theirs ${b}`]
  })
}

function line(entry: TreeEntry | undefined): string {
  return entry === undefined ? 'absent' : `${describeEntry(entry)} at ${entry.modifiedAt}`
}

interface Difference {
  readonly peers: readonly string[]
  readonly path: RegExp
  readonly ours: RegExp
  readonly theirs: RegExp
  readonly reason: string
}

const differences: readonly Difference[] = []

function isExpected(path: string, ours: string, theirs: string, { peer }: Where): boolean {
  return differences.some(
    (difference) =>
      difference.peers.includes(peer) &&
      difference.path.test(path) &&
      difference.ours.test(ours) &&
      difference.theirs.test(theirs),
  )
}

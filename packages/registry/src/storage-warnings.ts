/**
 * What an operator should know of a storage that works: said at the start, and by `/readyz` ever after.
 * @module
 */
import type { StorageState } from '@tsreg/storage'

/** Ten requests of a thousand keys each for one page of tags. */
const manyDeadTags = 10_000

/** Sentences; none where all is well. */
export function warningsOf({ writers, deadTags }: StorageState): readonly string[] {
  const sole =
    'the store has no compare-and-swap: run one replica only; nothing is collected as garbage while it runs, and two replicas that do not see each other can lose tags'
  const dead = `a page of tags had to pass over ${deadTags} deleted tags, which this store cannot remove`
  return [...(writers === 'sole' ? [sole] : []), ...(deadTags >= manyDeadTags ? [dead] : [])]
}

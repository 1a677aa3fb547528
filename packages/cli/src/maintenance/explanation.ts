/**
 * Why something is kept, or goes, for people.
 * @module
 */
import type { ExplainedCell, Explanation, Keeper } from '@tsreg/storage'
import { humanSize } from '../human.ts'
import { type OutputStream, print } from '../invocation.ts'

export async function printExplanation(stdout: OutputStream, { digest, cells }: Explanation): Promise<void> {
  for (const cell of cells) {
    const where = cell.repository === undefined ? '' : ` of ${cell.repository}`
    const size = cell.size > 0 ? `, ${humanSize(cell.size)}` : ''
    await print(stdout, `${cell.what}${where} ${digest}${size}: ${verdict(cell)}\n`)
    for (const keeper of cell.keepers) await print(stdout, `  ${keeperText(keeper)}\n`)
    const more = cell.keeperCount - cell.keepers.length
    if (more > 0) await print(stdout, `  and ${more} more\n`)
  }
}

function verdict({ verdict: what, modifiedAt, keeperCount }: ExplainedCell): string {
  if (what === 'kept') return `kept by ${keeperCount}`
  if (what === 'young') return `nothing names it; kept for its age (written ${modifiedAt})`
  return `goes with the next run (written ${modifiedAt})`
}

function keeperText(keeper: Keeper): string {
  switch (keeper.kind) {
    case 'tag':
      return `tag ${keeper.repository}:${keeper.tag}`
    case 'subject':
      return `its subject ${keeper.repository}@${keeper.digest}`
    case 'untagged-are-kept':
      return 'untagged manifests are kept; see --untagged-older-than'
    default: {
      const tags = keeper.tags.length === 0 ? '' : ` (${keeper.tags.join(', ')})`
      return `${keeper.kind} ${keeper.repository}@${keeper.digest}${tags}`
    }
  }
}

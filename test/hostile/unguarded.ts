/**
 * A copy of this repository without one guard after the other, each time with a command that runs it.
 * @module
 */

import { join } from 'node:path'
import { run } from '../harness/command.ts'
import { copySources } from '../harness/mutant.ts'
import { repositoryRoot } from '../harness/paths.ts'
import { toolPath } from '../harness/tools.ts'
import type { Attack } from './attack.ts'

export interface Unguarded {
  /** `folder/name` of the patch. */
  readonly mutant: string
  /** The copy; as long as this is the current one. */
  readonly root: string
}

/** Each mutant of the attacks once. @param root is made */
export async function* unguarded(attacks: readonly Attack[], root: string): AsyncGenerator<Unguarded, void, undefined> {
  await copySources(root)
  for (const mutant of new Set(attacks.map((attack) => attack.mutant))) {
    const patch = join(repositoryRoot, 'test', 'mutants', `${mutant}.patch`)
    const apply = (way: '--forward' | '--reverse') =>
      run([toolPath('patch'), way, '--strip=1', `--input=${patch}`], { cwd: root })
    await apply('--forward')
    try {
      await run([process.execPath, join('packages', 'cli', 'bundle.mjs')], { cwd: root })
      yield { mutant, root }
    } finally {
      await apply('--reverse')
    }
  }
}
